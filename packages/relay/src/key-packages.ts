import { domainOf, longestLeafLifetime } from "@readback/core/log";
import {
  decodeKeyPackage,
  isKeyPackageSignatureValid,
  isLeafSignatureValid,
  referenceOf,
} from "@readback/core/mls";
import { type Answer, type ClaimRequest, hasCode, type PublishRequest, sameBytes } from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";
import { announced } from "./login.ts";
import { refused } from "./refused.ts";
import type { KeyPackageRecord } from "./relay-store.ts";

/** Stores a device's own key packages; all of them are good or none is stored. */
export async function publishKeyPackages(
  hub: Hub,
  device: KnownDevice,
  request: PublishRequest,
): Promise<Answer> {
  const { oneTimeKeyPackages: maximum, keyPackageSize } = hub.limits;
  const lastResort = request.lastResort === undefined ? [] : [request.lastResort];
  if (request.keyPackages.length > maximum) return refused("too-large");
  if ([...request.keyPackages, ...lastResort].some((bytes) => bytes.length > keyPackageSize)) {
    return refused("too-large");
  }
  const now = hub.clock.now();
  const records: KeyPackageRecord[] = [];
  for (const bytes of [...request.keyPackages, ...lastResort]) {
    const record = checkedKeyPackage(hub, device, bytes, now);
    if (record === undefined) return refused("not-allowed");
    records.push(record);
  }
  const keyPackages = records.slice(0, request.keyPackages.length);
  const publication = {
    device: device.name,
    replaces: request.replaces,
    keyPackages,
    lastResort: records[keyPackages.length],
    now,
    maximum,
  };
  return (await hub.store.publish(publication)) ? { type: "done" } : refused("too-large");
}

/** Hands out a key package for each device of the persons named. */
export async function claimKeyPackages(
  hub: Hub,
  device: KnownDevice,
  request: ClaimRequest,
): Promise<Answer> {
  const persons = [...new Set(request.persons)];
  if (persons.length > hub.limits.personsPerClaim) return refused("too-large");
  const now = hub.clock.now();
  for (const person of persons) {
    if (!hub.rates.take(`claim ${device.name} ${person}`, hub.limits.claims, now))
      return refused("rate-limited");
  }
  const except = new Set([...request.except, device.name]);
  const { devicesPerClaim: maximum } = hub.limits;
  const claimed = await hub.store.claim({ suite: request.suite, persons, except, now, maximum });
  if (claimed === undefined) return refused("too-large");
  const taken = claimed.flatMap(({ devices }) =>
    devices.filter(({ keyPackage }) => keyPackage !== undefined),
  );
  hub.fanOut.publishClaim(
    taken.map((one) => one.device),
    request.suite,
  );
  const services = await hub.store.readServices([...new Set(persons.map(domainOf))]);
  return { type: "claimed", persons: claimed, services: services.map(announced) };
}

/** The record of a key package that is the device's own, rightly signed and within its lifetime. */
function checkedKeyPackage(
  hub: Hub,
  device: KnownDevice,
  bytes: Uint8Array,
  now: number,
): KeyPackageRecord | undefined {
  try {
    const keyPackage = decodeKeyPackage(bytes);
    const { leafNode, cipherSuite } = keyPackage;
    const suite = hub.crypto.suite(cipherSuite);
    if (suite === undefined || keyPackage.version !== 1 || leafNode.source.type !== "key-package")
      return undefined;
    const { credential } = leafNode;
    const named = hub.authority.identify(credential);
    const isOwn =
      sameBytes(leafNode.signatureKey, device.signatureKey) &&
      named !== undefined &&
      hub.authority.isValid({ credential, signaturePublicKey: device.signatureKey, at: now }) &&
      `${named.person}/${named.device}` === device.name;
    if (!isOwn || !isLeafSignatureValid(suite, leafNode) || !isKeyPackageSignatureValid(suite, keyPackage)) {
      return undefined;
    }
    const { notBefore, notAfter } = leafNode.source.lifetime;
    // Whoever adds the device would be refused.
    if (notBefore * 1_000n > BigInt(now) || notAfter - notBefore > longestLeafLifetime) return undefined;
    // Lifetimes are in seconds and may name any time; what is beyond exact numbers does not expire here.
    const lasting = Number(notAfter < 9_000_000_000_000n ? notAfter * 1_000n : 9_000_000_000_000_000n);
    // With a credential that has ended nobody is added.
    const expiresAt = Math.min(lasting, hub.authority.expiresAt?.(credential) ?? lasting);
    return expiresAt > now
      ? { reference: referenceOf(suite, keyPackage), suite: cipherSuite, expiresAt, bytes }
      : undefined;
  } catch (error) {
    if (hasCode(error, "malformed") || hasCode(error, "too-large")) return undefined;
    if (hasCode(error, "mls-extension-duplicate")) return undefined;
    throw error;
  }
}
