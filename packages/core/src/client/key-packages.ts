import { hex } from "../codec/hex.ts";
import { ownCapabilities } from "../conversation/own-capabilities.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { isSameCredential } from "../mls/credential.ts";
import { lastResortExtension } from "../mls/extension.ts";
import {
  createKeyPackage,
  decodeKeyPackageBundle,
  encodeKeyPackageBundle,
  type KeyPackageBundle,
  keyPackageInBundle,
  type LeafSettings,
} from "../mls/key-package-bundle.ts";
import type { Change } from "../port/storage.ts";
import type { Answer } from "../wire/answer.ts";
import { suiteOf } from "./device.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";
import { storeKey } from "./store-key.ts";

/** How many one-time key packages a relay should hold for this device, of each suite. */
const wanted = 20;

/** How many of a suite are stored here at most, with their private keys: a relay that always wants more must not fill the disk. */
const mostStored = 500;

const day = 86_400_000;

/**
 * How long one is kept that is over: a Welcome that was made with it may wait at the relay for as long as the device is away,
 * and the end of a credential may come soon.
 */
const kept = 90 * day;

/** A key package is good from a little before now, for clocks that are behind, to 90 days from now. */
const early = day / 24;
const lifetime = 90 * day;

/** What every leaf of this client says of itself. Lifetimes are by the relay's clock. */
export function leafSettings(engine: Engine): LeafSettings {
  const now = engine.relayNow();
  const seconds = (milliseconds: number): bigint => BigInt(Math.max(0, Math.floor(milliseconds / 1_000)));
  const { suites, shown } = engine.device;
  const { credential } = shown.issued;
  // With a credential that has ended nobody is added.
  const end = Math.min(now + lifetime, engine.authority.expiresAt?.(credential) ?? Number.POSITIVE_INFINITY);
  return {
    lifetime: { notBefore: seconds(now - early), notAfter: seconds(end) },
    capabilities: ownCapabilities(suites, credential, engine.random),
  };
}

/** Keeps up the relay's stock of our key packages. */
export class KeyPackageStock {
  readonly #engine: Engine;
  readonly #onFailure: (error: unknown) => void;
  #session: Session | undefined;
  /** One-time key packages that the relay holds, as far as we know, by the number of their suite. */
  readonly #left = new Map<number, number>();
  #isFilling = false;

  /** @param onFailure - called where it could not be filled up: the next session tries again */
  constructor(engine: Engine, onFailure: (error: unknown) => void) {
    this.#engine = engine;
    this.#onFailure = onFailure;
  }

  /**
   * A new session: resolves when the stock is full. Where the relay holds a key package that is not here any more, it or
   * this device was put back to an older copy, and where it is of a suite that this device has given up, or carries a
   * credential that has been renewed, it is of no use: all are replaced, since with a wrong one nobody is added, or comes in.
   * Rejects where connection or storage fails.
   */
  async open(session: Session): Promise<void> {
    const { keyPackages, lastResorts } = session.login;
    const { suites } = this.#engine.device;
    this.#session = session;
    const stored = await this.#engine.run(() => currentSuites(this.#engine));
    const suiteIn = (reference: Uint8Array): number | undefined => stored.get(keyOf(reference));
    const known = suites.map(({ id }) => id);
    const isReplaced = ![...keyPackages, ...lastResorts].every((reference) =>
      known.includes(suiteIn(reference) ?? -1),
    );
    let replaces = isReplaced;
    for (const suite of suites) {
      const isOfIt = (reference: Uint8Array): boolean => !isReplaced && suiteIn(reference) === suite.id;
      this.#left.set(suite.id, keyPackages.filter(isOfIt).length);
      const isDone = await this.#fill(session, suite, {
        replaces,
        needsLastResort: !lastResorts.some(isOfIt),
      });
      replaces &&= !isDone;
    }
  }

  /** Somebody has taken a key package of this suite. */
  taken(suiteId: number): void {
    const session = this.#session;
    const suite = this.#engine.device.suites.find(({ id }) => id === suiteId);
    if (suite === undefined) return;
    this.#left.set(suiteId, Math.max(0, (this.#left.get(suiteId) ?? 0) - 1));
    if (session === undefined || this.#isFilling) return;
    this.#fill(session, suite, { replaces: false, needsLastResort: false }).catch((error: unknown) => {
      if (!session.isClosed) this.#onFailure(error);
    });
  }

  /**
   * Private keys are stored before the relay sees a package; one that never arrives is replaced at the next login, and
   * what has expired is removed. Returns whether the relay has all that it should.
   */
  async #fill(
    session: Session,
    suite: CipherSuite,
    { replaces, needsLastResort }: { readonly replaces: boolean; readonly needsLastResort: boolean },
  ): Promise<boolean> {
    const left = this.#left.get(suite.id) ?? 0;
    const missing = left * 2 < wanted ? wanted - left : 0;
    if (missing === 0 && !needsLastResort) return true;
    const engine = this.#engine;
    const oneTime = Array.from({ length: missing }, () => makeKeyPackage(engine, suite, false));
    const lastResort = needsLastResort ? makeKeyPackage(engine, suite, true) : undefined;
    const made = lastResort === undefined ? oneTime : [...oneTime, lastResort];
    this.#isFilling = true;
    try {
      await engine.run(async () => {
        const puts = made.map((bundle): Change => {
          return { put: keyOf(bundle.reference), value: encodeKeyPackageBundle(bundle) };
        });
        await engine.write([...(await outdated(engine, suite, mostStored - puts.length)), ...puts]);
      });
      const keyPackages = oneTime.map(({ bytes }) => bytes);
      const answer = await session.request({
        type: "publish",
        replaces,
        keyPackages,
        lastResort: lastResort?.bytes,
      });
      if (answer.type === "done") {
        this.#left.set(suite.id, (this.#left.get(suite.id) ?? 0) + missing);
        return true;
      }
      // Nobody was handed any of them.
      const gone = made.map(({ reference }): Change => ({ remove: keyOf(reference) }));
      await engine.run(() => engine.write(gone));
      this.#onFailure(refusedBy(answer));
      return false;
    } finally {
      this.#isFilling = false;
    }
  }
}

/** The key package of ours with this reference, or `undefined`. Within a task. Rejects with `unsupported-suite`. */
export async function findKeyPackage(
  engine: Engine,
  reference: Uint8Array,
): Promise<KeyPackageBundle | undefined> {
  const stored = await engine.vault.read(keyOf(reference));
  if (stored === undefined) return undefined;
  const suite = suiteOf(engine.device, keyPackageInBundle(stored).cipherSuite);
  return decodeKeyPackageBundle(suite, stored);
}

/** What removes a key package that has been used; nothing for a last-resort one, which may be used again. */
export function spendKeyPackage(bundle: KeyPackageBundle): Change[] {
  return bundle.isLastResort ? [] : [{ remove: keyOf(bundle.reference) }];
}

/** Nobody can add a device whose keys a relay does not take, for instance since it does not have their suite. */
function refusedBy(answer: Answer): ReadbackError {
  const isBusy = answer.type === "refused" && ["unavailable", "rate-limited"].includes(answer.code);
  return new ReadbackError(isBusy ? "relay-busy" : "relay-refused", "The relay did not take key packages.");
}

/** The suite of each stored key package that carries the newest credential, by its key. */
async function currentSuites(engine: Engine): Promise<Map<string, number>> {
  const { credential } = engine.device.shown.issued;
  const stored = await engine.vault.list(storeKey.keyPackage);
  return new Map(
    stored.flatMap(({ key, value }): [string, number][] => {
      const { leafNode, cipherSuite } = keyPackageInBundle(value);
      return isSameCredential(leafNode.credential, credential) ? [[key, cipherSuite]] : [];
    }),
  );
}

function makeKeyPackage(engine: Engine, suite: CipherSuite, isLastResort: boolean): KeyPackageBundle {
  const { signatureKeyPair, shown } = engine.device;
  return createKeyPackage({
    suite,
    signatureKeyPair,
    credential: shown.issued.credential,
    random: engine.random,
    extensions: isLastResort ? [lastResortExtension()] : [],
    ...leafSettings(engine),
  });
}

/** Removes what was over long ago and, so that at most `maximum` of a suite stay, what expires next of it. */
async function outdated(engine: Engine, { id }: CipherSuite, maximum: number): Promise<Change[]> {
  // Over by our clock too: a relay that is wrong about the time must not make us drop keys that are in use.
  const over = BigInt(Math.floor((Math.min(engine.clock.now(), engine.relayNow()) - kept) / 1_000));
  const stored = await engine.vault.list(storeKey.keyPackage);
  const byEnd = stored
    .map(({ key, value }) => ({ key, ...lastingOf(value) }))
    .sort((a, b) => Number(a.end - b.end));
  const ofSuite = byEnd.filter(({ suite }) => suite === id);
  const surplus = new Set(ofSuite.slice(0, Math.max(0, ofSuite.length - maximum)));
  return byEnd.flatMap((one) => (one.end < over || surplus.has(one) ? [{ remove: one.key }] : []));
}

/** The suite of a stored key package, and when it expires, in seconds. */
function lastingOf(stored: Uint8Array): { readonly suite: number; readonly end: bigint } {
  const { cipherSuite: suite, leafNode } = keyPackageInBundle(stored);
  return { suite, end: leafNode.source.type === "key-package" ? leafNode.source.lifetime.notAfter : 0n };
}

function keyOf(reference: Uint8Array): string {
  return `${storeKey.keyPackage}/${hex(reference)}`;
}
