import type { CipherSuite, KeyPair } from "@readback/core/crypto";
import { digestOfEnds, entryHash, logSuiteId, signEnds, signHead } from "@readback/core/log";
import type { Answer, EntryHeader, LogEnd, LogEntry, LogHead, RelayMessage } from "@readback/core/wire";
import type { World } from "../world/world.ts";
import type { Scene } from "./scene.ts";

/** What a relay can forge that lies: it has its own log key, and no key of any member. */
export class ForgedRelay {
  readonly #suite: CipherSuite;
  readonly #keys: KeyPair;

  private constructor(suite: CipherSuite, keys: KeyPair) {
    this.#suite = suite;
    this.#keys = keys;
  }

  /** Takes the log key of the relay of a world. */
  static async of({ crypto, relay }: World): Promise<ForgedRelay> {
    const suite = crypto.suite(logSuiteId) as CipherSuite;
    const seed = await relay.store.contents.setting("log-key-seed", new Uint8Array(32));
    return new ForgedRelay(suite, suite.signature.deriveKeyPair(seed));
  }

  /** The key that its signatures are checked with. */
  get logKey(): Uint8Array {
    return this.#keys.publicKey;
  }

  /** The hash of an entry. */
  hashOf({ header }: LogEntry): Uint8Array {
    return entryHash(this.#suite, header);
  }

  /** The hash of a payload. */
  payloadHash(payload: Uint8Array): Uint8Array {
    return this.#suite.hash.digest(payload);
  }

  /** An entry that differs, with the head that vouches for it. */
  entry(
    original: LogEntry,
    header: Partial<EntryHeader>,
    payload?: Uint8Array,
  ): { entry: LogEntry; head: LogHead } {
    const payloadHash =
      payload === undefined ? original.header.payloadHash : this.#suite.hash.digest(payload);
    const entry = {
      header: { ...original.header, payloadHash, ...header },
      payload: payload ?? original.payload,
    };
    return { entry, head: this.head(entry) };
  }

  /** Another history from a place on: the entry there has another time, and those that follow hang on it. */
  history(from: number): (entry: LogEntry) => LogEntry {
    const hashes = new Map<number, Uint8Array>();
    return (original) => {
      const { seq, acceptedAt, previousHash } = original.header;
      if (seq < from) return original;
      const change =
        seq === from ? { acceptedAt: acceptedAt + 1 } : { previousHash: hashes.get(seq - 1) ?? previousHash };
      const { entry } = this.entry(original, change);
      hashes.set(seq, entryHash(this.#suite, entry.header));
      return entry;
    };
  }

  /** The signed word on an entry. @param signedAt - when it says that it has signed it */
  head({ header }: LogEntry, signedAt = header.acceptedAt): LogHead {
    const { conversation, seq } = header;
    return this.sign({ conversation, seq, entryHash: entryHash(this.#suite, header), signedAt });
  }

  /** A head, signed. */
  sign(head: Omit<LogHead, "signature">): LogHead {
    return signHead(this.#suite, this.#keys.privateKey, head);
  }

  /** Its word on where all logs of a device end. */
  ends(device: string, nonce: Uint8Array, ends: readonly LogEnd[], signedAt: number): EndsAnswer {
    const content = { device, nonce, digest: digestOfEnds(this.#suite, ends), signedAt };
    const signature = signEnds(this.#suite, this.#keys.privateKey, content);
    return { type: "ends", signedAt, signature, ends };
  }
}

/** An answer to the question where all logs end. */
export type EndsAnswer = Extract<Answer, { type: "ends" }>;

/**
 * Does something to every entry that a device is told of.
 *
 * @param head - the head that vouches for an entry; without it that of the relay stays
 */
export function eachEntry(
  change: (entry: LogEntry) => LogEntry,
  head?: (entry: LogEntry) => LogHead,
): (message: RelayMessage) => RelayMessage[] | undefined {
  let last: LogHead | undefined;
  const vouch = (entry: LogEntry | undefined, original: LogHead): LogHead => {
    if (head !== undefined && entry !== undefined) last = head(entry);
    return last ?? original;
  };
  return (message) => {
    if (message.type === "entry") {
      const entry = change(message.entry);
      return [{ ...message, entry, head: vouch(entry, message.head) }];
    }
    if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
    const entries = message.answer.entries.map(change);
    return [
      {
        ...message,
        answer: { ...message.answer, entries, head: vouch(entries.at(-1), message.answer.head) },
      },
    ];
  };
}

/** The same bytes with one bit changed. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  const at = (bit >>> 3) % Math.max(1, bytes.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

/** Two devices in a conversation, whose relay can sign whatever it likes from now on. */
export async function readyForgery(scene: Scene) {
  const [a, b] = await scene.devices("ada@mercy.example", "ben@stlukes.example");
  const id = await scene.open(a, b);
  return { a, b, id, forged: await ForgedRelay.of(scene.world) };
}
