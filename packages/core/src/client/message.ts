import { hex } from "../codec/hex.ts";
import {
  type Content,
  decodeContent,
  type Intention,
  type RecallContent,
  type TextContent,
} from "../conversation/content.ts";
import type { CriticalValue, Mismatch } from "../conversation/critical-value.ts";
import type { MessageRecord } from "../conversation/message-record.ts";
import type { Request } from "../conversation/request.ts";
import type { Outgoing } from "../conversation/state.ts";
import type { ErrorCode } from "../error.ts";
import type { Conversation } from "./conversation.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { type EditOptions, edit, recall } from "./editing.ts";
import type { MessageStatus, Receipt } from "./events.ts";
import { type Loop, readLoop, waitForClosing } from "./loop.ts";
import { type PersonReceipt, receiptsOf, statusOf, waitFor } from "./progress.ts";
import { Reactions } from "./reactions.ts";
import { answer, readBack } from "./saying.ts";
import { forgetUnsent } from "./unsent.ts";
import { Versions } from "./versions.ts";

/** What a handle is made of: a message in the log, decoded where it was decoded before, or one that waits to get there. */
export type MessageSource =
  | { readonly type: "accepted"; readonly record: MessageRecord; readonly content?: Content }
  | { readonly type: "queued"; readonly outgoing: Outgoing };

/**
 * A handle on one message, or on one version of it. It does not change: what becomes of it is asked with
 * {@link Message.status}, and what it says now with {@link Message.versions}.
 */
export class Message {
  readonly #source: MessageSource;
  readonly #said: TextContent | RecallContent | undefined;
  readonly #runtime: ConversationRuntime;
  /** The conversation it belongs to. */
  readonly conversation: Conversation;

  /** @internal */
  constructor(conversation: Conversation, runtime: ConversationRuntime, source: MessageSource) {
    this.conversation = conversation;
    this.#runtime = runtime;
    this.#source = source;
    const content = contentOf(source);
    this.#said = content?.type === "text" || content?.type === "recall" ? content : undefined;
  }

  /** The message id in hexadecimal: the same on every device, and before and after it is sent. */
  get id(): string {
    return hex(this.#source.type === "accepted" ? this.#source.record.id : this.#source.outgoing.id);
  }

  /** Its place in the conversation's order, or `undefined` while it waits. A message never moves. */
  get seq(): number | undefined {
    return this.#source.type === "accepted" ? this.#source.record.seq : undefined;
  }

  /** The person who wrote it. */
  get from(): string {
    return this.#source.type === "accepted" ? this.#source.record.author.person : this.#runtime.self.person;
  }

  /** The device it was written on. */
  get device(): string {
    return this.#source.type === "accepted" ? this.#source.record.author.device : this.#runtime.self.device;
  }

  /** The text; empty where it cannot be read here, see {@link Message.problem}. */
  get text(): string {
    return this.#text?.text ?? "";
  }

  /** For a later version, the id of the first one. */
  get replaces(): string | undefined {
    return this.#said?.replaces && hex(this.#said.replaces);
  }

  /** Whether with this version its author has taken the message back. */
  get isRecall(): boolean {
    return this.#said?.type === "recall";
  }

  /** Why it was taken back, in words. */
  get reason(): string | undefined {
    return this.#said?.type === "recall" ? this.#said.reason : undefined;
  }

  /** The id of the message that it answers: that very version. See {@link Conversation.message}. */
  get inReplyTo(): string | undefined {
    return this.#said?.inReplyTo && hex(this.#said.inReplyTo);
  }

  /** As it was first said, its edits, its recall. */
  get versions(): Versions {
    const open = (source: MessageSource): Message => new Message(this.conversation, this.#runtime, source);
    return new Versions(this.#runtime, this, open);
  }

  /** What persons have put to this version of it. */
  get reactions(): Reactions {
    return new Reactions(this.#runtime, this);
  }

  /** What its author wants of the others. */
  get intent(): Intention {
    return this.#said?.details.intent ?? "fyi";
  }

  /** Until when, in milliseconds by the relay's time; `undefined` where it says nothing of that. */
  get deadline(): number | undefined {
    return this.#text?.deadline;
  }

  /** What it asks of others, `undefined` where it asks for nothing. What became of it: {@link Message.loop}. */
  get request(): Request | undefined {
    return this.#text?.request;
  }

  /**
   * How far its author had read the conversation when writing it: a place in the log, signed with the message. `undefined`
   * where that is not known, or was found to be false.
   */
  get seen(): number | undefined {
    return this.problem === undefined ? this.#said?.details.seen.seq : undefined;
  }

  /** @internal Which one it is of all that its device has said. */
  get deviceCounter(): number | undefined {
    return this.#said?.details.deviceCounter;
  }

  /** When it was written, by the clock of its author's device: milliseconds. Advisory. */
  get sentAt(): number | undefined {
    return this.#said?.details.sentAt;
  }

  /** When the relay accepted it, milliseconds; `undefined` while it waits. */
  get acceptedAt(): number | undefined {
    return this.#source.type === "accepted" ? this.#source.record.acceptedAt : undefined;
  }

  /** Why this device cannot read it, or `undefined` where it can: a visible gap instead of a silent one. */
  get problem(): ErrorCode | undefined {
    const problem = this.#source.type === "accepted" ? this.#source.record.problem : "";
    if (problem !== "") return problem as ErrorCode;
    return this.#said === undefined ? "malformed" : undefined;
  }

  /** Where it stands now, for all other persons together, read from what is durable here. */
  status(): Promise<MessageStatus> {
    return statusOf(this.#runtime, this);
  }

  /** Where it stands for each other person who was a member when it was sent, with what their device has signed. */
  receipts(): Promise<PersonReceipt[]> {
    return receiptsOf(this.#runtime, this);
  }

  /**
   * Resolves once the message has come that far, with the receipt that brought it there. Rejects with `aborted`, with
   * `closed`, or with `relay-refused` or `not-a-member` where it will never be sent. Waiting costs nothing.
   */
  reached(
    status: Exclude<MessageStatus, "queued" | "unreadable" | "failed">,
    options?: { signal?: AbortSignal },
  ): Promise<Receipt> {
    return waitFor(this.#runtime, this, status, options?.signal);
  }

  /**
   * Says that the person takes note of it: a deliberate act, never automatic. Resolves once the answer is durable here;
   * it is sent like a message. Rejects with `text-too-long`, `not-a-member`, or with
   * `invalid-argument` on a message of our own or one that cannot be read.
   */
  acknowledge(text?: string): Promise<void> {
    return answer(this.#runtime, this, { act: "acknowledge" }, text);
  }

  /** Says that the person does what is asked. Rejects like {@link Message.acknowledge}, and where nothing is asked. */
  accept(text?: string): Promise<void> {
    return answer(this.#runtime, this, { act: "accept" }, text);
  }

  /** Says that the person does not do what is asked. Rejects like {@link Message.accept}. */
  decline(reason?: string): Promise<void> {
    return answer(this.#runtime, this, { act: "decline" }, reason);
  }

  /**
   * Repeats the values that the message wants read back, each as the person has understood it. Resolves once that is
   * durable here, with the fields that differ: both sides see them, and the loop stays open. Rejects like
   * {@link Message.accept}, and where no values are to be read back.
   */
  readBack(values: readonly CriticalValue[], text?: string): Promise<Mismatch[]> {
    return readBack(this.#runtime, this, values, text);
  }

  /** What became of its request, read from what is durable here; `undefined` where it asks for nothing. */
  loop(): Promise<Loop | undefined> {
    return readLoop(this.#runtime, this);
  }

  /**
   * Resolves once its request is answered as it was asked, and with `read-back` confirmed too. Rejects with `aborted`,
   * `closed`, `invalid-argument` where it asks for nothing, `message-recalled` where its author has taken it back, or
   * `relay-refused` where it will never be sent. It waits on
   * where somebody declines or the deadline passes, since others may still answer: listen to `loop` for that.
   */
  closed(options?: { signal?: AbortSignal }): Promise<Loop> {
    return waitForClosing(this.#runtime, this, options?.signal);
  }

  /**
   * Says it anew, on any device of the person who wrote it: a later version, and earlier ones are kept. What is not in
   * `options` stays as it was; a request is asked again, and earlier answers to it are outdated. Resolves once that is
   * durable here, with the version, which has a status and receipts of its own. Rejects with `invalid-argument` on a
   * message of somebody else, `message-recalled`, `message-not-sent` where it will never be sent, and as
   * {@link Conversation.send}.
   */
  async edit(text: string, options: EditOptions = {}): Promise<Message> {
    const outgoing = await edit(this.#runtime, this, text, options);
    return new Message(this.conversation, this.#runtime, { type: "queued", outgoing });
  }

  /**
   * Takes it back, for good, with a reason of at most 1,024 bytes. Nobody forgets what it said: it is shown as recalled,
   * its versions are kept, and a request is not waited for any more. Resolves and rejects as {@link Message.edit}. A
   * message that will never be sent nobody else has: it is forgotten, and resolves with itself.
   */
  async recall(reason?: string): Promise<Message> {
    if (this.seq === undefined && (await forgetUnsent(this.#runtime, this.id))) return this;
    const outgoing = await recall(this.#runtime, this, reason);
    return new Message(this.conversation, this.#runtime, { type: "queued", outgoing });
  }

  /** Says that it, and everything before it, was displayed to the person. Resolves once that is durable here. */
  async markRead(): Promise<void> {
    if (this.seq !== undefined) await this.#runtime.displayed.mark(this.seq);
  }

  get #text(): TextContent | undefined {
    return this.#said?.type === "text" ? this.#said : undefined;
  }
}

function contentOf(source: MessageSource): Content | undefined {
  if (source.type === "accepted" && source.content !== undefined) return source.content;
  const { content } = source.type === "accepted" ? source.record : source.outgoing;
  return content.length === 0 ? undefined : decodeContent(content);
}
