import { hex } from "../codec/hex.ts";
import { ownCapabilities } from "../conversation/own-capabilities.ts";
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

/** How many are stored here at most, with their private keys: a relay that always wants more must not fill the disk. */
const mostStored = 500;

const day = 86_400_000;

/** A key package is good from a little before now, for clocks that are behind, to 90 days from now. */
const early = day / 24;
const lifetime = 90 * day;

/** What every leaf of this client says of itself. Lifetimes are by the relay's clock. */
export function leafSettings(engine: Engine): LeafSettings {
  const now = engine.relayNow();
  const seconds = (milliseconds: number): bigint => BigInt(Math.max(0, Math.floor(milliseconds / 1_000)));
  const { suite, identity, signatureKeyPair } = engine.device;
  return {
    lifetime: { notBefore: seconds(now - early), notAfter: seconds(now + lifetime) },
    capabilities: ownCapabilities(suite, identity.credential(signatureKeyPair.publicKey), engine.random),
  };
}

/** Keeps up the relay's stock of our key packages. */
export class KeyPackageStock {
  readonly #engine: Engine;
  readonly #onFailure: (error: unknown) => void;
  #session: Session | undefined;
  /** One-time key packages that the relay holds, as far as we know. */
  #left = 0;
  #isFilling = false;

  /** @param onFailure - called where it could not be filled up while the session went on: the next session tries again */
  constructor(engine: Engine, onFailure: (error: unknown) => void) {
    this.#engine = engine;
    this.#onFailure = onFailure;
  }

  /**
   * A new session: resolves when the stock is full. Where the relay holds a key package that is not here any more, it or
   * this device was put back to an older copy: all are replaced, since whoever is added with a wrong one cannot come in.
   * Rejects where connection or storage fails.
   */
  async open(session: Session): Promise<void> {
    const { keyPackages, lastResorts } = session.login;
    this.#session = session;
    const stored = await this.#engine.run(() => this.#engine.vault.list(storeKey.keyPackage));
    const known = new Set(stored.map(({ key }) => key));
    const replaces = [...keyPackages, ...lastResorts].some((reference) => !known.has(keyOf(reference)));
    this.#left = replaces ? 0 : keyPackages.length;
    await this.#fill(session, { replaces, needsLastResort: replaces || lastResorts.length === 0 });
  }

  /** Somebody has taken a key package. */
  taken(): void {
    this.#left = Math.max(0, this.#left - 1);
    const session = this.#session;
    if (session === undefined || this.#isFilling) return;
    this.#fill(session, { replaces: false, needsLastResort: false }).catch((error: unknown) => {
      if (!session.isClosed) this.#onFailure(error);
    });
  }

  /**
   * Private keys are stored before the relay sees a package; one that never arrives is replaced at the next login, and
   * what has expired is removed.
   */
  async #fill(
    session: Session,
    { replaces, needsLastResort }: { readonly replaces: boolean; readonly needsLastResort: boolean },
  ): Promise<void> {
    const missing = this.#left * 2 < wanted ? wanted - this.#left : 0;
    if (missing === 0 && !needsLastResort) return;
    const engine = this.#engine;
    const oneTime = Array.from({ length: missing }, () => makeKeyPackage(engine, false));
    const lastResort = needsLastResort ? makeKeyPackage(engine, true) : undefined;
    const made = lastResort === undefined ? oneTime : [...oneTime, lastResort];
    this.#isFilling = true;
    try {
      await engine.run(async () => {
        const puts = made.map((bundle): Change => {
          return { put: keyOf(bundle.reference), value: encodeKeyPackageBundle(bundle) };
        });
        await engine.write([...(await outdated(engine, mostStored - puts.length)), ...puts]);
      });
      const keyPackages = oneTime.map(({ bytes }) => bytes);
      const answer = await session.request({
        type: "publish",
        replaces,
        keyPackages,
        lastResort: lastResort?.bytes,
      });
      if (answer.type === "done") this.#left += missing;
    } finally {
      this.#isFilling = false;
    }
  }
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
    ...leafSettings(engine),
  });
}

/** Removes what has expired and, so that at most `maximum` stay, what expires next. */
async function outdated(engine: Engine, maximum: number): Promise<Change[]> {
  // Over by our clock too: a relay that is wrong about the time must not make us drop keys that are in use.
  const now = BigInt(Math.floor(Math.min(engine.clock.now(), engine.relayNow()) / 1_000));
  const stored = await engine.vault.list(storeKey.keyPackage);
  const byEnd = stored
    .map(({ key, value }) => ({ key, end: endOf(decodeKeyPackageBundle(engine.device.suite, value)) }))
    .sort((a, b) => Number(a.end - b.end));
  const surplus = byEnd.length - maximum;
  return byEnd.flatMap(({ key, end }, index) => (end < now || index < surplus ? [{ remove: key }] : []));
}

/** When a key package expires, in seconds. */
function endOf({ keyPackage: { leafNode } }: KeyPackageBundle): bigint {
  return leafNode.source.type === "key-package" ? leafNode.source.lifetime.notAfter : 0n;
}

function keyOf(reference: Uint8Array): string {
  return `${storeKey.keyPackage}/${hex(reference)}`;
}
