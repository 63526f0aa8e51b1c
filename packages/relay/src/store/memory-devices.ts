import { type ClaimedPerson, hex, type InboxItem, sameBytes } from "@readback/core/wire";
import { organisationOf } from "../organisation.ts";
import type {
  Claim,
  DeviceRecord,
  KeyPackageRecord,
  Publication,
  Recipient,
  Registration,
  StoredInboxItem,
} from "../relay-store.ts";

/** One device with its key packages and its inbox. */
interface Device {
  readonly record: DeviceRecord;
  /** By reference. `bytes` is `undefined` once claimed: the reference stays so that it is not stored again. */
  readonly oneTime: Map<string, Omit<KeyPackageRecord, "bytes"> & { bytes: Uint8Array | undefined }>;
  /** By suite. */
  readonly lastResort: Map<number, KeyPackageRecord>;
  inbox: StoredInboxItem[];
  lastIndex: number;
}

/** The devices of the memory store, by full name and by person. */
export interface Devices {
  register(
    record: DeviceRecord,
    now: number,
    maximumDevices: number,
    maximumOfOrganisation?: number,
  ): Registration;
  revoke(device: string, maximumOfOrganisation: number): boolean;
  publish(publication: Publication): boolean;
  claim(claim: Claim): ClaimedPerson[] | undefined;
  /** Items in a device's inbox, or `undefined` where there is no device of this name and key, or no more unless it counts still. */
  inboxLength(recipient: Recipient, revokedCounts: boolean): number | undefined;
  /** @param time - milliseconds: of what brought it */
  deliver(device: string, item: InboxItem, time: number): void;
  readInbox(device: string, after: number, maximumBytes: number): StoredInboxItem[];
  forgetInbox(device: string, upTo: number): void;
}

/** No devices yet. */
export function memoryDevices(): Devices {
  const devices = new Map<string, Device>();
  const persons = new Map<string, string[]>();
  const countOf = new Map<string, number>();
  /** With the key that each had, where it had come here. */
  const revoked = new Map<string, Uint8Array | undefined>();

  const deliver = (name: string, item: InboxItem, time: number): void => {
    const device = devices.get(name);
    if (device === undefined) return;
    device.lastIndex = Math.max(device.lastIndex + 1, time);
    device.inbox.push({ index: device.lastIndex, item });
  };

  return {
    deliver,

    register(record, now, maximumDevices, maximumOfOrganisation = Number.POSITIVE_INFINITY) {
      if (revoked.has(record.name)) return { type: "revoked" };
      const known = devices.get(record.name);
      if (known !== undefined) {
        return sameBinding(known.record, record) ? registered(known, [], now) : { type: "other-key" };
      }
      const others = persons.get(record.person) ?? [];
      const organisation = organisationOf(record.name);
      const count = countOf.get(organisation) ?? 0;
      if (others.length >= maximumDevices || count >= maximumOfOrganisation) return { type: "too-many" };
      countOf.set(organisation, count + 1);
      for (const other of others) deliver(other, { type: "device", device: record.name }, now);
      persons.set(record.person, [...others, record.name].sort());
      const device: Device = { record, oneTime: new Map(), lastResort: new Map(), inbox: [], lastIndex: 0 };
      devices.set(record.name, device);
      return registered(device, others, now);
    },

    revoke(name, maximumOfOrganisation) {
      if (revoked.has(name)) return true;
      const organisation = organisationOf(name);
      const others = [...revoked.keys()].filter((other) => organisationOf(other) === organisation);
      if (others.length >= maximumOfOrganisation) return false;
      const device = devices.get(name);
      revoked.set(name, device?.record.signatureKey);
      if (device === undefined) return true;
      const { person } = device.record;
      persons.set(
        person,
        (persons.get(person) ?? []).filter((other) => other !== name),
      );
      countOf.set(organisation, (countOf.get(organisation) ?? 1) - 1);
      devices.delete(name);
      return true;
    },

    publish({ device: name, replaces, keyPackages, lastResort, now, maximum }) {
      const device = devices.get(name);
      if (device === undefined) return false;
      forgetExpired(device, now);
      const fresh = new Map(keyPackages.map((record) => [hex(record.reference), record]));
      for (const reference of device.oneTime.keys()) fresh.delete(reference);
      const others = replaces ? 0 : oneTimeOf(device, now).length;
      if (others + fresh.size > maximum) return false;
      if (replaces) {
        for (const record of device.oneTime.values()) record.bytes = undefined;
        device.lastResort.clear();
      }
      for (const [reference, record] of fresh) device.oneTime.set(reference, { ...record });
      if (lastResort !== undefined) device.lastResort.set(lastResort.suite, lastResort);
      return true;
    },

    claim({ suite, persons: wanted, except, now, maximum }) {
      const found = wanted.map((person) => ({
        person,
        known: (persons.get(person)?.length ?? 0) > 0,
        names: (persons.get(person) ?? []).filter((name) => !except.has(name)),
      }));
      if (found.reduce((sum, { names }) => sum + names.length, 0) > maximum) return undefined;
      return found.map(({ person, known, names }) => ({
        person,
        known,
        devices: names.map((name) => ({
          device: name,
          keyPackage: takeKeyPackage(devices.get(name) as Device, suite, now),
        })),
      }));
    },

    inboxLength({ name, signatureKey }, revokedCounts) {
      const former = revoked.get(name);
      if (former !== undefined) return revokedCounts && sameBytes(former, signatureKey) ? 0 : undefined;
      const device = devices.get(name);
      return device && sameBytes(device.record.signatureKey, signatureKey) ? device.inbox.length : undefined;
    },

    readInbox(name, after, maximumBytes) {
      const page: StoredInboxItem[] = [];
      let bytes = 0;
      for (const stored of devices.get(name)?.inbox ?? []) {
        if (stored.index <= after) continue;
        bytes += stored.item.type === "welcome" ? stored.item.welcome.length : 0;
        if (page.length > 0 && bytes > maximumBytes) break;
        page.push(stored);
      }
      return page;
    },

    forgetInbox(name, upTo) {
      const device = devices.get(name);
      if (device !== undefined) device.inbox = device.inbox.filter(({ index }) => index > upTo);
    },
  };
}

function sameBinding(known: DeviceRecord, record: DeviceRecord): boolean {
  return (
    known.person === record.person &&
    known.suite === record.suite &&
    sameBytes(known.signatureKey, record.signatureKey)
  );
}

function registered(device: Device, told: readonly string[], now: number): Registration {
  const lastResorts = [...device.lastResort.values()].filter(({ expiresAt }) => expiresAt > now);
  return {
    type: "registered",
    told,
    keyPackages: oneTimeOf(device, now),
    lastResorts: lastResorts.map(({ reference }) => reference),
  };
}

/** References of what can still be handed out. */
function oneTimeOf(device: Device, now: number): Uint8Array[] {
  const records = [...device.oneTime.values()];
  return records
    .filter(({ bytes, expiresAt }) => bytes !== undefined && expiresAt > now)
    .map(({ reference }) => reference);
}

function forgetExpired(device: Device, now: number): void {
  for (const [reference, { expiresAt }] of device.oneTime) {
    if (expiresAt <= now) device.oneTime.delete(reference);
  }
}

function takeKeyPackage(device: Device, suite: number, now: number): Uint8Array | undefined {
  for (const record of device.oneTime.values()) {
    if (record.suite !== suite || record.expiresAt <= now || record.bytes === undefined) continue;
    const { bytes } = record;
    record.bytes = undefined;
    return bytes;
  }
  const lastResort = device.lastResort.get(suite);
  return lastResort !== undefined && lastResort.expiresAt > now ? lastResort.bytes : undefined;
}
