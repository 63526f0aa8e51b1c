import { hex } from "../codec/hex.ts";
import type { Intention } from "../conversation/content.ts";
import { presentMembers } from "../conversation/members.ts";
import type { Phase } from "../conversation/state.ts";
import type { RequestOptions } from "./asking.ts";
import { changeMembers } from "./change-members.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { ConversationEvents } from "./events.ts";
import { readEvidence } from "./evidence.ts";
import { readForkProof } from "./finding-news.ts";
import type { Freshness } from "./freshness.ts";
import { type HistoryRange, readMessage, readSeq } from "./history.ts";
import { Message } from "./message.ts";
import { type Order, orderOf } from "./order.ts";
import { sendText } from "./saying.ts";
import { readUnsent } from "./unsent.ts";
import { readShown } from "./version-chain.ts";

/** How a text is sent. */
export interface SendOptions {
  /** What its author wants of the others; `fyi` unless given. */
  readonly intent?: Intention;
  /** The message it answers. */
  readonly inReplyTo?: Message;
  /** Until when: milliseconds since 1970 by the relay's time. Not with `fyi`, which wants nothing. */
  readonly deadline?: number;
  /** What it asks of whom; what becomes of that: {@link Message.loop}. */
  readonly request?: RequestOptions;
}

/** Members of one person. */
export interface PersonMember {
  readonly person: string;
  /** Names of the person's devices. */
  readonly devices: readonly string[];
}

const usualPage = 50;

/** A handle on one conversation. What it answers is what is durable on this device. */
export class Conversation {
  readonly #runtime: ConversationRuntime;

  /** @internal */
  constructor(runtime: ConversationRuntime) {
    this.#runtime = runtime;
  }

  /** Its identifier: 32 random bytes in hexadecimal, the same on every device. */
  get id(): string {
    return this.#runtime.id;
  }

  /** What it is about; relays cannot read it. */
  get subject(): string {
    return this.#runtime.state.subject;
  }

  /** The cipher suite of its group, by its IANA number; `undefined` once the group is gone: left, or followed by another one. */
  get suite(): number | undefined {
    return this.#runtime.state.group?.suite.id;
  }

  /** Where it stands for this device. */
  get phase(): Phase {
    return this.#runtime.state.phase;
  }

  /**
   * The conversation that this one goes on with, where this device has it and it was proved: the Welcome took a secret that
   * only its members had. Whoever was added later has no proof, and gets `undefined`.
   */
  get continues(): Conversation | undefined {
    const { state, others } = this.#runtime;
    const head = state.continues;
    return head && others().find(({ id }) => id === hex(head.conversation))?.conversation;
  }

  /**
   * The conversations that go on with this one; more than one where members have moved it without knowing of each other:
   * show them all, ordered by their ids, the same on every device that is in all of them.
   */
  get continuedBy(): Conversation[] {
    const { id, others } = this.#runtime;
    return others()
      .filter(({ state: { phase, continues } }) => {
        return phase !== "creating" && continues !== undefined && hex(continues.conversation) === id;
      })
      .map(({ conversation }) => conversation)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /**
   * Whether everything that the relay has of it is here. Show it: what is not current may lack what others have said
   * long ago. Offline, or while the relay does not say where the log ends, it is not current. A `freshness` event tells
   * when that changes.
   */
  get freshness(): Freshness {
    return this.#runtime.freshness.value;
  }

  /** Everybody who is a member now, in the order of joining. */
  members(): PersonMember[] {
    const devices = new Map<string, string[]>();
    for (const { person, device } of presentMembers(this.#runtime.state)) {
      devices.set(person, [...(devices.get(person) ?? []), device]);
    }
    return [...devices].map(([person, names]) => ({ person, devices: names }));
  }

  /**
   * Sends a text to everybody. Resolves as soon as it is durable on this device, online or not; what becomes of it is
   * told by `receipt` events and {@link Message.reached}. Rejects with `empty-text`, `text-too-long` (over 16,384 bytes
   * of UTF-8), `too-large` where a request has over 4 KiB, `unknown-recipient` where somebody who is asked is no member,
   * `invalid-argument`, `not-a-member`, `log-forked` in a frozen conversation, `conversation-moved` in one that goes on elsewhere, or a
   * `storage-…` code; then nothing was queued.
   */
  async send(text: string, options?: SendOptions): Promise<Message> {
    const outgoing = await sendText(this.#runtime, text, options);
    return new Message(this, this.#runtime, { type: "queued", outgoing });
  }

  /**
   * A page of messages in the order of the log, the newest ones unless `after` is given; where the page reaches the end,
   * what still waits to be sent follows, and what never will be and was not taken back: its status is `failed`. At most
   * `limit` (50) that are in the log, and as many that are not and never will be. Each is as it was first said; later
   * versions are no messages of their own, unless they have `failed`: see {@link Message.versions}. Where the first
   * version is not here, the first one that is stands for it.
   */
  async messages(range: Partial<HistoryRange> = {}): Promise<Message[]> {
    const limit = range.limit ?? usualPage;
    // Taken before the store is read: what gets its place in between is then found there, and not missed.
    const waiting = this.#runtime.state.outgoing.filter(({ kind }) => kind === "application");
    const records = await readShown(this.#runtime, { ...range, limit });
    const accepted = records.map((record) => new Message(this, this.#runtime, { type: "accepted", record }));
    const reachesEnd = range.before === undefined && (range.after === undefined || records.length < limit);
    if (!reachesEnd) return accepted;
    const placed = new Set(accepted.map(({ id }) => id));
    const unsent = await readUnsent(this.#runtime, limit);
    const numbers = new Set(unsent.map(({ number }) => number));
    const lost = new Set(unsent.map(({ id }) => hex(id)));
    const others = [...unsent, ...waiting.filter(({ number }) => !numbers.has(number))];
    const queued = others
      .sort((a, b) => a.number - b.number)
      .map((outgoing) => new Message(this, this.#runtime, { type: "queued", outgoing }));
    const isMessage = ({ id, problem, replaces }: Message): boolean =>
      problem === undefined && !placed.has(id) && (replaces === undefined || lost.has(id));
    return [...accepted, ...queued.filter(isMessage)];
  }

  /** The message, or the version of one, with this id; `undefined` where the log does not have it here. */
  async message(id: string): Promise<Message | undefined> {
    const { engine } = this.#runtime;
    const seq = /^[0-9a-f]{64}$/.test(id) ? await readSeq(engine, this.id, id) : undefined;
    const record = seq === undefined ? undefined : await readMessage(engine, this.id, seq);
    return record && new Message(this, this.#runtime, { type: "accepted", record });
  }

  /**
   * What its authors had read when they wrote them: `before`, the author of `other` had read `one`; `after`, the other way
   * round; `concurrent`, neither knew of the other. What one device wrote is in the order in which it did. Both messages
   * are of this conversation. Where an author's claim was found to be false, nothing of it counts.
   */
  order(one: Message, other: Message): Order {
    return orderOf(one, other);
  }

  /**
   * A file that proves, to anybody and without a network, what a message said, whom it was encrypted for and what became
   * of it, by what the devices and the relay have signed. It holds the message in the clear, and nobody who signed can
   * deny it later. Takes a message or its id; the same file for the same evidence. Rejects with `unknown-message`, or
   * with `message-not-sent` where it has no place in the log yet.
   */
  evidence(message: Message | string): Promise<Uint8Array> {
    return readEvidence(this.#runtime, typeof message === "string" ? message : message.id);
  }

  /**
   * Adds persons with all their devices, or the devices that are missing of those who are members. Waits for the
   * connection; resolves once the log has it. Rejects with `unknown-recipient`, `invalid-argument`, `not-a-member`,
   * `aborted`, `relay-refused` or an `mls-…` code.
   */
  add(persons: readonly string[], options?: { signal?: AbortSignal }): Promise<void> {
    return changeMembers(this.#runtime, "add", persons, options?.signal);
  }

  /**
   * Removes persons with all their devices; they cannot read what comes after. Resolves once the log has it. Rejects
   * with `unknown-recipient` where one is no member, `invalid-argument` for oneself, and as {@link Conversation.add}.
   */
  remove(persons: readonly string[], options?: { signal?: AbortSignal }): Promise<void> {
    return changeMembers(this.#runtime, "remove", persons, options?.signal);
  }

  /**
   * Leaves with all devices of the person. Nothing can be said from now on; resolves once another member has committed
   * it, which may be much later. What was received stays readable.
   */
  leave(options?: { signal?: AbortSignal }): Promise<void> {
    return changeMembers(this.#runtime, "leave", [], options?.signal);
  }

  /**
   * Where the conversation is frozen: the bytes of the proof that its relay has signed two histories, for whoever has to
   * judge it. See `verifyForkProof` of `@readback/core/log`.
   */
  forkProof(): Promise<Uint8Array | undefined> {
    return readForkProof(this.#runtime);
  }

  /** Calls `listener` for each event of this conversation from now on. Returns its undo. */
  on<Name extends keyof ConversationEvents>(
    name: Name,
    listener: (payload: ConversationEvents[Name]) => unknown,
  ): () => void {
    return this.#runtime.events.on(name, listener);
  }
}
