import type { CipherSuite } from "../crypto/suite.ts";
import type { ErrorCode } from "../error.ts";
import type { Credential } from "../mls/credential.ts";
import { groupRecords } from "../mls/group-records.ts";
import type { Random } from "../port/random.ts";
import type { AnswerContent, Content, ReactionContent } from "./content.ts";
import { encodeDeviceCounter } from "./device-counter.ts";
import type { CredentialAuthority, DeviceName } from "./identity.ts";
import type { Finding } from "./integrity.ts";
import { addPlaces, encodePlaces, type MessagePlace, placesName } from "./message-places.ts";
import type { MessageRecord } from "./message-record.ts";
import { encodeReceiptState, type ReceiptLevel } from "./receipt-state.ts";
import { numbered, recordName } from "./record-name.ts";
import type { RevocationServices } from "./revocation-services.ts";
import type { ConversationState, Intent, Member, Outgoing, Phase, Staged } from "./state.ts";
import {
  encodeCreation,
  encodeIntent,
  encodeMembers,
  encodeOutgoing,
  encodeStaged,
  encodeStateRecord,
} from "./state-record.ts";

/** What a step may use besides the state and its input. */
export interface StepTools {
  /** The suite of the log: hashes and heads (profile RB-1: 0x0002). */
  readonly logSuite: CipherSuite;
  readonly authority: CredentialAuthority;
  /** The newest credential that this device has. */
  readonly credential: Credential;
  readonly random: Random;
  /** Those that the relay has told of, as far as they are good. */
  readonly services: RevocationServices;
  /** Milliseconds, by this device's clock. Never decides whether something in the log is valid. */
  readonly now: number;
  /** What the relay's clock shows, as far as this device knows: what it will judge by. */
  readonly relayNow: number;
}

/** What happened, in the order it happened. Told to the application once the step is durable. */
export type ConversationEvent =
  /**
   * A message, or a version of one, took its place in the log, which was read up to `readUpTo`: where something is said
   * again, its place is not the newest. `number`: the local number where this device said it.
   * `isRepeated`: its device may have said this very message before.
   */
  | {
      readonly type: "message";
      readonly record: MessageRecord;
      readonly content: Content;
      readonly readUpTo: number;
      readonly number?: number;
      readonly isRepeated: boolean;
    }
  /** Somebody answered a message, judged an answer, or a step of an escalation was due. */
  | { readonly type: "answer"; readonly record: MessageRecord; readonly content: AnswerContent }
  /** Somebody has put a sign to a message, or taken it back. */
  | { readonly type: "reaction"; readonly record: MessageRecord; readonly content: ReactionContent }
  /** The deadline of the message at this place has passed, by the relay's time. */
  | { readonly type: "deadline"; readonly seq: number }
  /** A device of somebody else holds or has displayed everything up to `to`; before it was `from`. */
  | {
      readonly type: "watermark";
      readonly by: DeviceName;
      readonly level: ReceiptLevel;
      readonly from: number;
      readonly to: number;
      readonly at: number;
    }
  /** A device of somebody cannot read what was said after entry `from` and up to `to`. */
  | {
      readonly type: "fault";
      readonly by: DeviceName;
      readonly from: number;
      readonly to: number;
      readonly at: number;
    }
  /** What this device has said at this place, somebody cannot read, and it cannot be said to them again. */
  | { readonly type: "unrepaired"; readonly seq: number }
  | { readonly type: "members"; readonly added: readonly Member[]; readonly removed: readonly Member[] }
  | { readonly type: "phase"; readonly phase: Phase }
  /** An intent has come true, or has turned out to be pointless. */
  | { readonly type: "intent-done"; readonly number: number }
  /** An intent cannot come true. */
  | { readonly type: "intent-failed"; readonly number: number; readonly code: ErrorCode }
  /** Something queued will never be sent. */
  | { readonly type: "unsent"; readonly outgoing: Outgoing; readonly code: ErrorCode }
  /** Something is wrong with the log, its relay or what a member claims. */
  | ({ readonly type: "integrity" } & Finding)
  /** An entry could not be used as what it claims to be; the log goes on unless the phase says otherwise. */
  | { readonly type: "problem"; readonly seq: number; readonly code: ErrorCode };

/** One change of a conversation's records; names are below the conversation's prefix. */
export type RecordChange =
  | { readonly put: string; readonly value: Uint8Array }
  | { readonly remove: string }
  | { readonly removeAll: string };

/** The outcome of a step: nothing of it counts until `changes` are durable, all together. */
export interface StepResult {
  readonly state: ConversationState;
  readonly changes: readonly RecordChange[];
  readonly events: readonly ConversationEvent[];
  /** Secrets that the new state no longer needs; to be overwritten once the changes are durable, and not before. */
  readonly consumed: readonly Uint8Array[];
}

/**
 * Collects one step while it is computed. The state before it is never changed: a step that throws, or whose changes
 * cannot be stored, leaves no trace.
 */
export class Step {
  readonly #before: ConversationState | undefined;
  readonly #changes = new Map<string, Uint8Array | undefined>();
  readonly #families: string[] = [];
  readonly tools: StepTools;
  readonly events: ConversationEvent[] = [];
  readonly consumed: Uint8Array[] = [];
  /** Where the messages of this step are, to be found by their ids. */
  readonly placed: MessagePlace[] = [];
  state: ConversationState;

  /**
   * @param state - where the step starts
   * @param tools - everything from outside
   * @param isNew - whether nothing of this conversation has been stored yet
   */
  constructor(state: ConversationState, tools: StepTools, isNew = false) {
    this.#before = isNew ? undefined : state;
    this.state = state;
    this.tools = tools;
  }

  /** Replaces parts of the state. */
  update(parts: Partial<ConversationState>): void {
    this.state = { ...this.state, ...parts };
  }

  /** Tells the application, once the step is durable. */
  emit(event: ConversationEvent): void {
    this.events.push(event);
  }

  /** Stores a record of its own, for instance a message. */
  put(name: string, value: Uint8Array): void {
    this.#changes.set(name, value);
  }

  /** Removes a record of its own; with a name that ends with `/` all below it, and none may be put there in the same step. */
  remove(name: string): void {
    if (name.endsWith("/")) this.#families.push(name.slice(0, -1));
    else this.#changes.set(name, undefined);
  }

  /** Adds or replaces something that waits to be sent. */
  putOutgoing(outgoing: Outgoing): void {
    const others = this.state.outgoing;
    const at = others.findIndex((other) => other.number === outgoing.number);
    this.update({ outgoing: at < 0 ? [...others, outgoing] : others.with(at, outgoing) });
    this.put(numbered(recordName.outgoing, outgoing.number), encodeOutgoing(outgoing));
  }

  /** Adds framed content to what waits to be sent. Returns its local number. */
  queue(kind: Outgoing["kind"], id: Uint8Array, content: Uint8Array): number {
    const number = this.takeNumber();
    const later = { submission: undefined, signature: undefined, opening: undefined };
    this.putOutgoing({ number, kind, id, content, ...later });
    return number;
  }

  /** Forgets something that was sent or has become pointless. */
  removeOutgoing(number: number): void {
    for (const { number: other, opening } of this.state.outgoing) {
      if (other === number && opening !== undefined) this.consumed.push(opening.key, opening.nonce);
    }
    this.update({ outgoing: this.state.outgoing.filter((outgoing) => outgoing.number !== number) });
    this.remove(numbered(recordName.outgoing, number));
  }

  /** Adds an intent. */
  addIntent(intent: Intent): void {
    this.update({ intents: [...this.state.intents, intent] });
    this.put(numbered(recordName.intent, intent.number), encodeIntent(intent));
  }

  /** Ends an intent, successfully or with an error code. */
  endIntent(number: number, code?: ErrorCode): void {
    if (!this.state.intents.some((intent) => intent.number === number)) return;
    this.update({ intents: this.state.intents.filter((intent) => intent.number !== number) });
    this.remove(numbered(recordName.intent, number));
    this.emit(code === undefined ? { type: "intent-done", number } : { type: "intent-failed", number, code });
  }

  /** Takes the next local number. */
  takeNumber(): number {
    const number = this.state.nextNumber;
    this.update({ nextNumber: number + 1 });
    return number;
  }

  /** Moves to another phase and says so. */
  enter(phase: Phase): void {
    if (this.state.phase === phase) return;
    this.update({ phase });
    this.emit({ type: "phase", phase });
  }

  /** Everything to store, and what follows once it is stored. */
  finish(): StepResult {
    for (const places of addPlaces(this.state.places, this.placed.splice(0))) {
      this.put(placesName(places), encodePlaces(places));
      this.update({ places });
    }
    const { state } = this;
    const before = this.#before;
    const changes: RecordChange[] = [];
    if (state.group !== before?.group)
      changes.push(...groupChanges(recordName.group, before?.group, state.group));
    if (state.staged !== before?.staged) changes.push(...stagedChanges(state.staged));
    changes.push(...this.#families.map((removeAll) => ({ removeAll })));
    for (const [name, value] of this.#changes) {
      changes.push(value === undefined ? { remove: name } : { put: name, value });
    }
    if (state.creation !== undefined && before === undefined) {
      changes.push({ put: recordName.creation, value: encodeCreation(state.creation) });
    } else if (state.creation === undefined && before?.creation !== undefined) {
      changes.push({ remove: recordName.creation });
    }
    if (state.members !== before?.members)
      changes.push({ put: recordName.members, value: encodeMembers(state.members) });
    if (state.receipts !== before?.receipts) {
      changes.push({ put: recordName.receipts, value: encodeReceiptState(state.receipts) });
    }
    if (state.counters !== before?.counters)
      changes.push(...counterChanges(before?.counters ?? new Map(), state.counters));
    if (state !== before) changes.push({ put: recordName.state, value: encodeStateRecord(state) });
    return { state, changes, events: this.events, consumed: this.consumed };
  }
}

/** A page counts on and on: each counter is stored as it is at the end. */
function counterChanges(
  before: ConversationState["counters"],
  after: ConversationState["counters"],
): RecordChange[] {
  const nameOf = (leaf: number) => numbered(recordName.counter, leaf);
  const gone = [...before.keys()].filter((leaf) => !after.has(leaf));
  const counted = [...after.values()].filter((counter) => before.get(counter.leaf) !== counter);
  return [
    ...gone.map((leaf) => ({ remove: nameOf(leaf) })),
    ...counted.map((counter) => ({ put: nameOf(counter.leaf), value: encodeDeviceCounter(counter) })),
  ];
}

function groupChanges(
  prefix: string,
  before: ConversationState["group"],
  after: ConversationState["group"],
): RecordChange[] {
  if (after === undefined) return [{ removeAll: prefix }];
  return groupRecords(before, after).map((change): RecordChange => {
    if ("put" in change) return { put: `${prefix}/${change.put}`, value: change.value };
    if ("remove" in change) return { remove: `${prefix}/${change.remove}` };
    return { removeAll: `${prefix}/${change.removeAll}` };
  });
}

function stagedChanges(staged: Staged | undefined): RecordChange[] {
  const drop: RecordChange[] = [{ remove: recordName.staged }, { removeAll: recordName.stagedGroup }];
  if (staged === undefined) return drop;
  const group = staged.next === undefined ? [] : groupChanges(recordName.stagedGroup, undefined, staged.next);
  return [...drop, { put: recordName.staged, value: encodeStaged(staged) }, ...group];
}
