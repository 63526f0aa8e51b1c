import type { MemoryRelayStore } from "@readback/relay";
import { digestOfEnds, signEnds } from "../../src/conversation/log-ends.ts";
import { entryHash, signHead } from "../../src/conversation/log-entry.ts";
import type { CipherSuite, KeyPair } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import type { EntryHeader, LogEntry, LogHead } from "../../src/wire/entry.ts";
import type { ClientMessage, RelayMessage } from "../../src/wire/message.ts";
import type { Between, Injection, Told } from "./interposed-transport.ts";

export const logSuite = defaultCryptoProvider().suite(2) as CipherSuite;

/** The key that a relay signs its logs with, from its store. */
export async function logKeysOf(store: MemoryRelayStore): Promise<KeyPair> {
  return logSuite.signature.deriveKeyPair(await store.setting("log-key-seed", new Uint8Array()));
}

/** What becomes of an entry on its way to one client: entries in its place, chained and signed anew. */
export type Edit = (entry: LogEntry, told: readonly LogEntry[]) => readonly LogEntry[];

/**
 * A relay that shows one client another log than the others: it holds the real key, so all it says is signed. Until it
 * is told to lie, everything passes as it is. For clients with one conversation.
 */
export class LyingRelay implements Between {
  readonly #keys: KeyPair;
  readonly #now: () => number;
  readonly #requests = new Map<number, number>();
  readonly #nonces = new Map<number, Uint8Array>();
  /** Real entries that were seen, and those that the client is told instead. */
  #real = 0;
  #told: { entry: LogEntry; hash: Uint8Array }[] = [];
  /** What stands in place of each real entry: the number that the client knows it by. */
  readonly #places = new Map<number, number>();
  /** Replaces what comes from now on. */
  edit: Edit = (entry) => [entry];
  /** Answers instead of what the relay says; `undefined`: what it would say itself. */
  answer: (message: RelayMessage) => readonly Told[] | undefined = () => undefined;

  constructor(keys: KeyPair, now: () => number) {
    this.#keys = keys;
    this.#now = now;
  }

  /** What the client has been told. */
  get told(): readonly LogEntry[] {
    return this.#told.map(({ entry }) => entry);
  }

  fromClient(message: ClientMessage): undefined {
    if (message.type !== "request") return undefined;
    const { id, request } = message;
    if (request.type === "fetch") this.#requests.set(id, request.after);
    if (request.type === "ends") this.#nonces.set(id, request.nonce);
  }

  fromRelay(message: RelayMessage, connection: Injection): readonly Told[] | undefined {
    const from = this.#told.length;
    if (message.type === "entry") this.#take(message.entry);
    const own = this.answer(message);
    if (own !== undefined) return own;
    if (message.type === "entry") {
      this.push(connection, from);
      return [];
    }
    if (message.type !== "answer") return undefined;
    const { id, answer } = message;
    if (answer.type === "entries") {
      for (const entry of answer.entries) this.#take(entry);
      const after = this.#requests.get(id) ?? 0;
      const entries = this.told.filter(({ header }) => header.seq > after).slice(0, 128);
      const last = entries.at(-1) ?? this.told.at(-1);
      if (last === undefined) return undefined;
      return [{ ...message, answer: { type: "entries", entries, head: this.headOf(last.header) } }];
    }
    if (answer.type === "appended") {
      const seq = this.#places.get(answer.seq) ?? answer.seq;
      return [{ ...message, answer: { ...answer, seq } }];
    }
    if (answer.type === "subscribed" && this.#told.length > 0) {
      const heads = answer.heads.map((head) => ({ ...head, seq: this.told.at(-1)?.header.seq ?? 0 }));
      return [{ ...message, answer: { ...answer, heads } }];
    }
    return undefined;
  }

  /** Tells the client what it was not told yet: entries from an index on. */
  push(connection: Injection | undefined, from: number): void {
    for (const entry of this.told.slice(from))
      connection?.tell({ type: "entry", entry, head: this.headOf(entry.header) });
  }

  /** Forgets the last entries, as if an old backup had been restored. */
  setBack(count: number): void {
    this.#told = this.#told.slice(0, -count);
  }

  /** Signs where its log ends, also where that is not what the real relay says. */
  lieAboutEnds(device: string): void {
    this.answer = (message) => {
      if (message.type !== "answer" || message.answer.type !== "ends") return undefined;
      const last = this.#told.at(-1);
      const nonce = this.#nonces.get(message.id);
      if (last === undefined || nonce === undefined) return undefined;
      const { conversation, seq } = last.entry.header;
      const ends = [{ conversation, seq, hash: last.hash }];
      const content = { device, nonce, digest: digestOfEnds(logSuite, ends), signedAt: this.#now() };
      const signature = signEnds(logSuite, this.#keys.privateKey, content);
      return [{ ...message, answer: { type: "ends", signedAt: content.signedAt, signature, ends } }];
    };
  }

  /** Adds an entry of its own making. */
  add(entry: LogEntry): void {
    this.#chain(entry);
  }

  /** The signed head of an entry. */
  headOf(header: EntryHeader): LogHead {
    const { conversation, seq } = header;
    const head = { conversation, seq, entryHash: entryHash(logSuite, header), signedAt: this.#now() };
    return signHead(logSuite, this.#keys.privateKey, head);
  }

  #take(entry: LogEntry): void {
    if (entry.header.seq <= this.#real) return;
    this.#real = entry.header.seq;
    for (const one of this.edit(entry, this.told)) this.#chain(one);
    this.#places.set(this.#real, this.told.at(-1)?.header.seq ?? this.#real);
  }

  #chain({ header, payload }: LogEntry): void {
    const last = this.#told.at(-1);
    const place = last === undefined ? {} : { seq: last.entry.header.seq + 1, previousHash: last.hash };
    const chained = { ...header, ...place };
    this.#told.push({ entry: { header: chained, payload }, hash: entryHash(logSuite, chained) });
  }
}
