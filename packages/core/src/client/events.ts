import type { Intention } from "../conversation/content.ts";
import type { DeviceName } from "../conversation/identity.ts";
import type { IntegrityFinding } from "../conversation/integrity.ts";
import type { ReadbackError } from "../error.ts";
import type { Conversation } from "./conversation.ts";
import type { Freshness } from "./freshness.ts";
import type { Loop } from "./loop.ts";
import type { Message } from "./message.ts";

/**
 * How far a message has come, each step implying those before it. `queued`: durable here. `sent`: in the conversation's
 * log, by the relay's signature. `unreadable`: every other person has said more than that, and at least one that none of
 * their devices can read it. `delivered`: durable on a device of every other person. `read`: displayed to every
 * other person. `acknowledged`: every other person has said so. `failed`: it will never be sent.
 */
export type MessageStatus =
  | "queued"
  | "sent"
  | "unreadable"
  | "delivered"
  | "read"
  | "acknowledged"
  | "failed";

/** A step on the way of a message, as a signed message of the device that took it. */
export interface Receipt {
  /** Where the message stands now, for all other persons together. */
  readonly status: MessageStatus;
  /** The person whose device said so; our own person for `sent` and `failed`. */
  readonly by: string;
  /** The device among those of the person. */
  readonly device: string;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
  /** What was read back, for an acknowledgement that has words. */
  readonly text: string | undefined;
}

/**
 * A message has arrived, or one of our own has taken its place in the log. Of a message whose first version is not here,
 * the first one that is.
 */
export interface MessageEvent {
  readonly conversation: Conversation;
  readonly message: Message;
}

/** A later version of a message has arrived, or one of our own has taken its place in the log: an edit or a recall. */
export interface VersionEvent {
  readonly conversation: Conversation;
  /** What stands for the message in the history. */
  readonly message: Message;
  /** The new version. What counts now is for `message.versions.current()` to say. */
  readonly version: Message;
}

/** A person has put a sign to a message, or taken it back. */
export interface ReactionEvent {
  readonly conversation: Conversation;
  /** The version of the message that it is at. */
  readonly message: Message;
  readonly by: DeviceName;
  /** `undefined` where it was taken back. */
  readonly reaction: string | undefined;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
}

/** One of our own messages has come further. */
export interface ReceiptEvent extends Receipt {
  readonly conversation: Conversation;
  readonly message: Message;
}

/** Somebody has answered a request, an answer was judged, the request was edited or recalled, a step of its escalation was due, or its deadline has passed. */
export interface LoopEvent {
  readonly conversation: Conversation;
  /** The message that asks. */
  readonly message: Message;
  readonly loop: Loop;
}

/** A conversation has come to be, or its phase has changed. */
export interface ConversationEventPayload {
  readonly conversation: Conversation;
}

/** Devices have joined or left. */
export interface MemberEvent {
  readonly conversation: Conversation;
  readonly added: readonly DeviceName[];
  readonly removed: readonly DeviceName[];
}

/** Something is wrong with a log, the relay that keeps it, or what a member claims. Words on the screen, not a line in a file. */
export interface IntegrityEvent {
  readonly conversation: Conversation;
  readonly what: IntegrityFinding;
  /** Since when, milliseconds by our own clock: when it was found. */
  readonly at: number;
  /** The place in the log that it is about. */
  readonly seq: number;
  /** The device that it is about, or whose message has shown it. */
  readonly by: DeviceName | undefined;
  /** For `missing`: what is not there, as the device counts what it says. */
  readonly counters: readonly number[];
  /**
   * For `forked`: the bytes of a proof that anybody can check with `verifyForkProof` of `@readback/core/log`. Where the
   * other history is longer than ours, the proof is complete once ours is as long: see {@link Conversation.forkProof}.
   */
  readonly proof: Uint8Array | undefined;
}

/** What this device has of a conversation has become all there is, or is not known to be all there is any more. */
export interface FreshnessEvent {
  readonly conversation: Conversation;
  readonly freshness: Freshness;
}

/** The connection has come or gone. Being offline is normal. */
export interface ConnectionEvent {
  readonly state: "online" | "offline";
}

/** Something went wrong in the background; nothing durable is lost. */
export interface ErrorEvent {
  readonly error: ReadbackError;
  readonly conversation: Conversation | undefined;
  /**
   * Where something that was queued here will never be sent: the message, edit or recall itself, or else the message that
   * was to be answered, or to get a sign.
   */
  readonly message?: Message;
}

/** The events of a client, one payload each. */
export interface ClientEvents {
  message: MessageEvent;
  version: VersionEvent;
  reaction: ReactionEvent;
  receipt: ReceiptEvent;
  loop: LoopEvent;
  conversation: ConversationEventPayload;
  member: MemberEvent;
  connection: ConnectionEvent;
  integrity: IntegrityEvent;
  freshness: FreshnessEvent;
  error: ErrorEvent;
}

/** The events of one conversation. */
export type ConversationEvents = Omit<ClientEvents, "connection">;

export type { Intention };
