import type { DatabaseSync } from "node:sqlite";
import { type ClaimedPerson, type InboxItem, sameBytes } from "@readback/core/wire";
import { organisationOf } from "../organisation.ts";
import type { Claim, DeviceRecord, KeyPackageRecord, Publication, Registration } from "../relay-store.ts";
import { type Inboxes, sqliteInboxes } from "./inboxes.ts";

/** Devices, key packages and inboxes in SQLite. Every method runs inside a transaction of the caller. */
export interface Devices extends Inboxes {
  register(
    device: DeviceRecord,
    now: number,
    maximumDevices: number,
    maximumOfOrganisation?: number,
  ): Registration;
  revoke(device: string, maximumOfOrganisation: number): boolean;
  publish(publication: Publication): boolean;
  claim(claim: Claim): ClaimedPerson[] | undefined;
}

/** Prepares the statements. */
export function sqliteDevices(database: DatabaseSync): Devices {
  const inboxes = sqliteInboxes(database);
  const findDevice = database.prepare("SELECT id, person, suite, signature_key FROM device WHERE name = ?");
  const devicesOf = database.prepare(
    "SELECT id, name FROM device WHERE person = ? AND NOT revoked ORDER BY name",
  );
  const addDevice = database.prepare(
    "INSERT INTO device (name, person, suite, signature_key) VALUES (?, ?, ?, ?)",
  );
  const isRevoked = database.prepare("SELECT 1 FROM revoked WHERE device = ?");
  const addRevoked = database.prepare("INSERT INTO revoked VALUES (?, ?)");
  const countRevoked = database.prepare("SELECT count(*) AS count FROM revoked WHERE organisation = ?");
  const markRevoked = database.prepare("UPDATE device SET revoked = 1 WHERE id = ?");
  const forgetKeyPackages = database.prepare("DELETE FROM key_package WHERE device = ?");
  const findOrganisation = database.prepare("SELECT devices FROM organisation WHERE name = ?");
  const countDevice = database.prepare(
    `INSERT INTO organisation (name, devices) VALUES (?, 1)
     ON CONFLICT (name) DO UPDATE SET devices = devices + 1`,
  );
  const uncountDevice = database.prepare("UPDATE organisation SET devices = devices - 1 WHERE name = ?");
  const countOneTime = database.prepare(
    "SELECT count(*) AS count FROM key_package WHERE device = ? AND bytes IS NOT NULL AND expires_at > ?",
  );
  const oneTimeOf = database.prepare(
    "SELECT reference FROM key_package WHERE device = ? AND bytes IS NOT NULL AND expires_at > ?",
  );
  const lastResortsOf = database.prepare(
    "SELECT reference FROM last_resort WHERE device = ? AND expires_at > ?",
  );
  const forgetExpired = database.prepare("DELETE FROM key_package WHERE device = ? AND expires_at <= ?");
  const hasKeyPackage = database.prepare("SELECT 1 FROM key_package WHERE device = ? AND reference = ?");
  const addKeyPackage = database.prepare(
    "INSERT INTO key_package (device, reference, suite, expires_at, bytes) VALUES (?, ?, ?, ?, ?)",
  );
  const putLastResort = database.prepare("INSERT OR REPLACE INTO last_resort VALUES (?, ?, ?, ?, ?)");
  // References stay, as those of what was claimed do.
  const takeAll = database.prepare("UPDATE key_package SET bytes = NULL WHERE device = ?");
  const forgetLastResorts = database.prepare("DELETE FROM last_resort WHERE device = ?");
  const findKeyPackage = database.prepare(
    `SELECT reference, bytes FROM key_package
     WHERE device = ? AND suite = ? AND bytes IS NOT NULL AND expires_at > ? LIMIT 1`,
  );
  const takeKeyPackage = database.prepare(
    "UPDATE key_package SET bytes = NULL WHERE device = ? AND reference = ?",
  );
  const findLastResort = database.prepare(
    "SELECT bytes FROM last_resort WHERE device = ? AND suite = ? AND expires_at > ?",
  );

  const registered = (id: number, told: string[], now: number): Registration => ({
    type: "registered",
    told,
    keyPackages: oneTimeOf.all(id, now).map(({ reference }) => reference as Uint8Array),
    lastResorts: lastResortsOf.all(id, now).map(({ reference }) => reference as Uint8Array),
  });

  const freshOf = (id: number, records: readonly KeyPackageRecord[]): KeyPackageRecord[] =>
    records.filter(
      ({ reference }, index) =>
        hasKeyPackage.get(id, reference) === undefined &&
        records.findIndex((other) => sameBytes(other.reference, reference)) === index,
    );

  const take = (id: number, suite: number, now: number): Uint8Array | undefined => {
    const found = findKeyPackage.get(id, suite, now) as
      | { reference: Uint8Array; bytes: Uint8Array }
      | undefined;
    if (found === undefined) return findLastResort.get(id, suite, now)?.bytes as Uint8Array | undefined;
    takeKeyPackage.run(id, found.reference);
    return found.bytes;
  };

  return {
    ...inboxes,

    register(device, now, maximumDevices, maximumOfOrganisation = Number.POSITIVE_INFINITY) {
      if (isRevoked.get(device.name) !== undefined) return { type: "revoked" };
      const known = findDevice.get(device.name);
      if (known !== undefined) {
        const same =
          known.person === device.person &&
          known.suite === device.suite &&
          sameBytes(known.signature_key as Uint8Array, device.signatureKey);
        return same ? registered(Number(known.id), [], now) : { type: "other-key" };
      }
      const others = devicesOf.all(device.person) as { id: number; name: string }[];
      const organisation = organisationOf(device.name);
      const count = Number(findOrganisation.get(organisation)?.devices ?? 0);
      if (others.length >= maximumDevices || count >= maximumOfOrganisation) return { type: "too-many" };
      countDevice.run(organisation);
      const item: InboxItem = { type: "device", device: device.name };
      for (const { name } of others) inboxes.deliver(name, item, now);
      const { lastInsertRowid } = addDevice.run(
        device.name,
        device.person,
        device.suite,
        device.signatureKey,
      );
      return registered(
        Number(lastInsertRowid),
        others.map(({ name }) => name),
        now,
      );
    },

    revoke(name, maximumOfOrganisation) {
      if (isRevoked.get(name) !== undefined) return true;
      const organisation = organisationOf(name);
      if (Number(countRevoked.get(organisation)?.count) >= maximumOfOrganisation) return false;
      addRevoked.run(name, organisation);
      const id = findDevice.get(name)?.id as number | undefined;
      if (id === undefined) return true;
      // Its number stays: it stands in logs that others read.
      markRevoked.run(id);
      uncountDevice.run(organisation);
      inboxes.forgetInbox(name, Number.MAX_SAFE_INTEGER);
      forgetKeyPackages.run(id);
      forgetLastResorts.run(id);
      return true;
    },

    publish({ device, replaces, keyPackages, lastResort, now, maximum }) {
      const id = findDevice.get(device)?.id as number | undefined;
      if (id === undefined || isRevoked.get(device) !== undefined) return false;
      const fresh = freshOf(id, keyPackages);
      const others = replaces ? 0 : Number(countOneTime.get(id, now)?.count);
      if (others + fresh.length > maximum) return false;
      if (replaces) {
        takeAll.run(id);
        forgetLastResorts.run(id);
      }
      forgetExpired.run(id, now);
      for (const { reference, suite, expiresAt, bytes } of fresh) {
        addKeyPackage.run(id, reference, suite, expiresAt, bytes);
      }
      if (lastResort !== undefined) {
        const { suite, reference, expiresAt, bytes } = lastResort;
        putLastResort.run(id, suite, reference, expiresAt, bytes);
      }
      return true;
    },

    claim({ suite, persons, except, now, maximum }) {
      const found = persons.map((person) => {
        const devices = devicesOf.all(person) as { id: number; name: string }[];
        return {
          person,
          known: devices.length > 0,
          devices: devices.filter(({ name }) => !except.has(name)),
        };
      });
      if (found.reduce((sum, { devices }) => sum + devices.length, 0) > maximum) return undefined;
      return found.map(({ person, known, devices }) => ({
        person,
        known,
        devices: devices.map(({ id, name }) => ({ device: name, keyPackage: take(id, suite, now) })),
      }));
    },
  };
}
