import { systemRandom } from "@readback/core";
import { defaultCryptoProvider } from "@readback/core/crypto";
import { entryHash, logSuiteId } from "@readback/core/log";
import { type EntryHeader, ReadbackError } from "@readback/core/wire";
import type { Append, Decision, LogState, RelayStore, Situation } from "@readback/relay";

const suite = defaultCryptoProvider().suite(logSuiteId);
const relay = "relay.example";
const payloadSize = 400;

/** A conversation that exists in a relay's store only: whoever writes to it decides what a relay decides. */
export class StoreLog {
  readonly #store: RelayStore;
  readonly #device: string;
  readonly #conversation = systemRandom(32);
  readonly #groupId = systemRandom(32);
  readonly #prepared: { readonly payload: Uint8Array; readonly payloadHash: Uint8Array }[] = [];

  private constructor(store: RelayStore, device: string) {
    this.#store = store;
    this.#device = device;
  }

  /** Registers a device and opens a log for it. */
  static async open(store: RelayStore, person: string): Promise<StoreLog> {
    const name = `${person}/device`;
    const signatureKey = systemRandom(65);
    await store.register({ name, person, suite: logSuiteId, signatureKey }, Date.now(), 1);
    const log = new StoreLog(store, name);
    log.prepare(1);
    await log.append();
    return log;
  }

  /** Makes payloads for the next calls of {@link StoreLog.append}, with the hashes that a store is given with them. */
  prepare(count: number): void {
    for (let number = 0; number < count; number++) {
      const payload = systemRandom(payloadSize);
      this.#prepared.push({ payload, payloadHash: digest(payload) });
    }
  }

  /** Resolves when one more payload is on the disk, as the entry after whatever is there. */
  async append(): Promise<void> {
    const next = this.#prepared.pop();
    if (next === undefined) throw new Error("No payload was prepared.");
    const { payload, payloadHash } = next;
    const submission = {
      conversation: this.#conversation,
      device: this.#device,
      epoch: 0n,
      payloadHash,
      recipients: [],
    };
    await this.#store.append(submission, (situation) => this.#decide(situation, payload, payloadHash));
  }

  #decide({ log }: Situation, payload: Uint8Array, payloadHash: Uint8Array): Decision<void> {
    const seq = (log?.seq ?? 0) + 1;
    const header: EntryHeader = {
      conversation: this.#conversation,
      seq,
      previousHash: log?.entryHash ?? new Uint8Array(32),
      kind: log === undefined ? "create" : "application",
      epoch: 0n,
      payloadHash,
      acceptedAt: Date.now(),
      relay,
    };
    const hash = hashOf(header);
    const state: LogState = {
      seq,
      entryHash: hash,
      epoch: 0n,
      acceptedAt: header.acceptedAt,
      handshakeSeq: 1,
      commitFirst: false,
      groupId: this.#groupId,
      size: (log?.size ?? 0) + payload.length,
    };
    const append: Append = {
      entry: { header, hash, payload },
      log: state,
      group: log === undefined ? { records: [], groupInfo: undefined } : undefined,
      added: log === undefined ? [this.#device] : [],
      removed: [],
      welcome: undefined,
    };
    return { answer: undefined, append };
  }
}

function digest(bytes: Uint8Array): Uint8Array {
  return logSuite().hash.digest(bytes);
}

function hashOf(header: EntryHeader): Uint8Array {
  return entryHash(logSuite(), header);
}

function logSuite() {
  if (suite === undefined) throw new ReadbackError("unsupported-suite", "The suite of the log is missing.");
  return suite;
}
