import type { Change, Storage } from "../../../src/port/storage.ts";
import type { RecordingCrypto } from "../recording-crypto.ts";

const nonceSize = 12;

/** What a client has stored, known from outside: the names of its records, and through the crypto what is in them. */
export class DurableView {
  readonly #crypto: RecordingCrypto;
  readonly #values: Map<string, Uint8Array>;

  /** @param records - what is stored at first */
  constructor(crypto: RecordingCrypto, records: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#crypto = crypto;
    this.#values = new Map(records);
  }

  /** Everything that is stored, sealed. */
  get records(): ReadonlyMap<string, Uint8Array> {
    return this.#values;
  }

  /** `inner`, with everything noted that it has stored, before the client hears of it. */
  watch(inner: Storage): Storage {
    return {
      read: (key) => inner.read(key),
      list: (prefix, options) => inner.list(prefix, options),
      close: () => inner.close(),
      write: async (changes, expect) => {
        await inner.write(changes, expect);
        for (const change of changes) this.#apply(change);
      },
    };
  }

  /** The places in the log of the messages that are stored. */
  get messages(): Set<number> {
    const found = [...this.#values.keys()].map((key) => /\/message\/(\d+)$/.exec(key)?.[1]);
    return new Set(found.flatMap((seq) => (seq === undefined ? [] : [Number(seq)])));
  }

  /** The places in the log of the answers that are stored. */
  get answers(): Set<number> {
    const found = [...this.#values.keys()].map((key) => /\/answer\/\d+\/(\d+)$/.exec(key)?.[1]);
    return new Set(found.flatMap((seq) => (seq === undefined ? [] : [Number(seq)])));
  }

  /** The places in the log of the reactions that are stored. */
  get reactions(): Set<number> {
    const found = [...this.#values.keys()].map(
      (key) => /\/reaction\/[0-9a-f]+\/[0-9a-f]+\/(\d+)$/.exec(key)?.[1],
    );
    // The newest come first.
    return new Set(found.flatMap((at) => (at === undefined ? [] : [Number.MAX_SAFE_INTEGER - Number(at)])));
  }

  /** Whether a record that waits to be sent holds these bytes. */
  holds(payload: Uint8Array): boolean {
    const waiting = /\/(?:outgoing\/\d+|staged|creation)$/;
    return [...this.#values].some(([key, value]) => {
      if (!waiting.test(key)) return false;
      const sealed = this.#crypto.sealed(value.subarray(nonceSize));
      return sealed !== undefined && Buffer.from(sealed.plaintext).includes(Buffer.from(payload));
    });
  }

  /** Names of records that tell of something unfinished. */
  get unfinished(): string[] {
    const pattern = /\/(?:outgoing\/\d+|intent\/\d+|staged|staged-group\/.*|creation)$/;
    return [...this.#values.keys()].filter((key) => pattern.test(key));
  }

  /** Identifiers of the conversations that have records. */
  get conversations(): Set<string> {
    const found = [...this.#values.keys()].map((key) => /^conversation\/([0-9a-f]+)\//.exec(key)?.[1]);
    return new Set(found.filter((id) => id !== undefined));
  }

  #apply(change: Change): void {
    if ("put" in change) this.#values.set(change.put, change.value);
    else if ("remove" in change) this.#values.delete(change.remove);
    else {
      for (const key of this.#values.keys())
        if (key.startsWith(`${change.removeAll}/`)) this.#values.delete(key);
    }
  }
}
