import { hex } from "../codec/hex.ts";
import { lastResortExtension } from "../mls/extension.ts";
import {
  createKeyPackage,
  decodeKeyPackageBundle,
  encodeKeyPackageBundle,
  type KeyPackageBundle,
  type LeafSettings,
} from "../mls/key-package-bundle.ts";
import type { Change } from "../port/storage.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";
import { storeKey } from "./store-key.ts";

/** How many one-time key packages a relay should hold for this device. */
const wanted = 20;

const day = 86_400_000;

/** A key package is good from a little before now, for clocks that are behind, to 90 days from now. */
const early = day / 24;
const lifetime = 90 * day;

/** What every leaf of this client says of itself. */
export function leafSettings(now: number): LeafSettings {
  const seconds = (milliseconds: number): bigint => BigInt(Math.max(0, Math.floor(milliseconds / 1_000)));
  return { lifetime: { notBefore: seconds(now - early), notAfter: seconds(now + lifetime) } };
}

/**
 * Fills up the relay's stock of our key packages. Their private keys are stored before the relay sees them; a package
 * that never arrives is replaced at the next login, and what has expired is removed.
 */
export async function replenishKeyPackages(engine: Engine, session: Session): Promise<void> {
  const { oneTimeKeyPackages, hasLastResort } = session.login;
  const missing = oneTimeKeyPackages * 2 < wanted ? wanted - oneTimeKeyPackages : 0;
  if (missing === 0 && hasLastResort) return;
  const oneTime = Array.from({ length: missing }, () => makeKeyPackage(engine, false));
  const lastResort = hasLastResort ? undefined : makeKeyPackage(engine, true);
  const made = lastResort === undefined ? oneTime : [...oneTime, lastResort];
  await engine.run(async () => {
    const puts = made.map((bundle): Change => {
      return { put: keyOf(bundle.reference), value: encodeKeyPackageBundle(bundle) };
    });
    await engine.write([...(await expired(engine)), ...puts]);
  });
  await session.request({
    type: "publish",
    keyPackages: oneTime.map(({ bytes }) => bytes),
    lastResort: lastResort?.bytes,
  });
}

/** The key package of ours with this reference, or `undefined`. Within a task. */
export async function findKeyPackage(
  engine: Engine,
  reference: Uint8Array,
): Promise<KeyPackageBundle | undefined> {
  const stored = await engine.vault.read(keyOf(reference));
  return stored && decodeKeyPackageBundle(engine.device.suite, stored);
}

/** What removes a key package that has been used; nothing for a last-resort one, which may be used again. */
export function spendKeyPackage(bundle: KeyPackageBundle): Change[] {
  return bundle.isLastResort ? [] : [{ remove: keyOf(bundle.reference) }];
}

function makeKeyPackage(engine: Engine, isLastResort: boolean): KeyPackageBundle {
  const { suite, signatureKeyPair, identity } = engine.device;
  return createKeyPackage({
    suite,
    signatureKeyPair,
    credential: identity.credential(signatureKeyPair.publicKey),
    random: engine.random,
    extensions: isLastResort ? [lastResortExtension()] : [],
    ...leafSettings(engine.clock.now()),
  });
}

async function expired(engine: Engine): Promise<Change[]> {
  const now = BigInt(Math.floor(engine.clock.now() / 1_000));
  const stored = await engine.vault.list(storeKey.keyPackage);
  return stored.flatMap(({ key, value }): Change[] => {
    const { keyPackage } = decodeKeyPackageBundle(engine.device.suite, value);
    const { leafNode } = keyPackage;
    const isOver = leafNode.source.type === "key-package" && leafNode.source.lifetime.notAfter < now;
    return isOver ? [{ remove: key }] : [];
  });
}

function keyOf(reference: Uint8Array): string {
  return `${storeKey.keyPackage}/${hex(reference)}`;
}
