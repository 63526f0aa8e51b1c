import { sameBytes } from "../codec/bytes.ts";
import { fromHex } from "../codec/hex.ts";
import { currentOf } from "../conversation/versions.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { readMessage } from "./history.ts";
import type { Message, MessageSource } from "./message.ts";
import { seqOf } from "./progress.ts";
import { queuedVersions, readChain } from "./version-chain.ts";

/** The versions of a message: as it was first said, its edits, its recall. Each is a message with receipts of its own. */
export class Versions {
  readonly #runtime: ConversationRuntime;
  readonly #message: Message;
  readonly #open: (source: MessageSource) => Message;

  /** @internal */
  constructor(runtime: ConversationRuntime, message: Message, open: (source: MessageSource) => Message) {
    this.#runtime = runtime;
    this.#message = message;
    this.#open = open;
  }

  /**
   * All of them that are here, the first one first, then in the order of the log, then what waits to be sent; of more
   * than 256 the newest ones. None is ever removed.
   */
  async all(): Promise<[Message, ...Message[]]> {
    const [message, runtime] = [this.#message, this.#runtime];
    // Taken before the store is read: what gets its place in between is then found there, and not missed.
    const waiting = queuedVersions(runtime, fromHex(message.replaces ?? message.id));
    const seq = await seqOf(runtime, message);
    const record = seq === undefined ? undefined : await readMessage(runtime.engine, runtime.id, seq);
    const records = (record && (await readChain(runtime, record)))?.records ?? [];
    const queued = waiting.filter(({ id }) => !records.some((other) => sameBytes(other.id, id)));
    const [head = message, ...others] = [
      ...records.map((accepted) => this.#open({ type: "accepted", record: accepted })),
      ...queued.map((outgoing) => this.#open({ type: "queued", outgoing })),
    ];
    return [head, ...others];
  }

  /** The one that counts now: the recall if there is one, otherwise the last one. Show this, and answer this. */
  async current(): Promise<Message> {
    return currentOf(await this.all());
  }
}
