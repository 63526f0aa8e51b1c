import { decodeContent } from "../conversation/content.ts";
import { forgetMessages } from "../conversation/forget.ts";
import { decodePlaces } from "../conversation/message-places.ts";
import { decodeMessageRecord, decodeRecordName } from "../conversation/message-record.ts";
import { numberIn, numberPart, proofFamily, recordName } from "../conversation/record-name.ts";
import { restoredRecords } from "../conversation/restore.ts";
import { decodeOutgoing } from "../conversation/state-record.ts";
import type { Clock } from "../port/clock.ts";
import type { ListOptions } from "../port/storage.ts";
import type { Conversation } from "./conversation.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { storeKey } from "./store-key.ts";

/**
 * For how long a conversation is kept on this device: milliseconds since the relay accepted a message; `undefined` for
 * good. Asked anew each time, so a legal hold begins at once.
 */
export type Retention = (conversation: Conversation) => number | undefined;

/** Milliseconds between two looks at what is over. */
const interval = 3_600_000;

/** Records that one step forgets at most, of each kind: a write is not to take long. */
const most = 128;

/** Forgets what is over, by the hour. */
export class RetentionSweep {
  readonly #clock: Clock;
  readonly #retention: Retention | undefined;
  readonly #conversations: () => readonly ConversationRuntime[];
  #cancel: () => void = () => {};
  #isClosed = false;

  /** Forgets nothing until {@link RetentionSweep.start}. */
  constructor(
    clock: Clock,
    retention: Retention | undefined,
    conversations: () => readonly ConversationRuntime[],
  ) {
    this.#clock = clock;
    this.#retention = retention;
    this.#conversations = conversations;
  }

  /** Looks now, and by the hour from now on. */
  start(): void {
    const retention = this.#retention;
    if (retention === undefined || this.#isClosed) return;
    this.#cancel = this.#clock.wake(this.#clock.now() + interval, () => this.start());
    void this.#sweep(retention);
  }

  /** Forgets nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #sweep(retention: Retention): Promise<void> {
    const all = this.#conversations();
    // Both the relay and this device have to find that it is over: neither clock alone erases anything.
    const now = Math.min(this.#clock.now(), Math.max(0, ...all.map(relayTime)));
    for (const runtime of all) {
      try {
        const kept = retention(runtime.conversation);
        if (kept !== undefined) while (!this.#isClosed && (await forgetSome(runtime, now - kept))) {}
      } catch (cause) {
        if (!this.#isClosed) runtime.fail(cause);
      }
    }
  }
}

/** Reads the first records of a family, by their names in the conversation. */
type Read = (
  family: string,
  options?: ListOptions,
) => Promise<{ readonly name: string; readonly value: Uint8Array }[]>;

/** The last time that the relay has signed for a conversation. */
function relayTime({ freshness, state }: ConversationRuntime): number {
  const { value } = freshness;
  return (value.current ? value.asOf : value.since) ?? state.position.acceptedAt;
}

/** Forgets some of what was accepted before `until`, in one step. Returns whether there may be more. */
async function forgetSome(runtime: ConversationRuntime, until: number): Promise<boolean> {
  const { engine, id, state } = runtime;
  const read: Read = async (family, options = { limit: most }) => {
    const entries = await engine.vault.list(prefixOf(id) + family, options);
    return entries.map(({ key, value }) => ({ name: key.slice(prefixOf(id).length), value }));
  };
  const oldest = (await read(recordName.message)).map(({ value }) => decodeMessageRecord(value));
  const first = oldest.findIndex(({ acceptedAt }) => acceptedAt >= until);
  const over = first < 0 ? oldest : oldest.slice(0, first);
  const keptFrom = Math.max(state.keptFrom, (over.at(-1)?.seq ?? -1) + 1);
  // Nothing kept was signed in an epoch before this one.
  const next = oldest[over.length] ?? (oldest.length === most ? oldest.at(-1) : state.group);
  const proofs = await proofsBefore(runtime, keptFrom, Number(next?.epoch ?? Number.MAX_SAFE_INTEGER), read);
  const others = [...proofs, ...(await unsentBefore(until, read))];
  // What a reaction is put to is older, and gone once no more messages are over.
  if (over.length < most) others.push(...(await reactionsBefore(runtime, until, read)));
  if (over.length === 0 && others.length === 0) return false;
  await engine.step(id, (step) => forgetMessages(step, over, keptFrom, others));
  return true;
}

/** The names of messages that will never be sent and were written before `until`, by the clock of this device. */
async function unsentBefore(until: number, read: Read): Promise<string[]> {
  const unsent = await read(recordName.unsent);
  return unsent.flatMap(({ name, value }) => {
    const content = decodeContent(decodeOutgoing(value).content);
    return "details" in content && content.details.sentAt < until ? [name] : [];
  });
}

/** The names of reactions that may be put to what was forgotten, and were accepted before `until`. */
async function reactionsBefore(
  { engine, id }: ConversationRuntime,
  until: number,
  read: Read,
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, value } of await read(recordName.lateReaction)) {
    const reaction = decodeRecordName(value);
    const stored = await engine.vault.read(prefixOf(id) + reaction);
    if (stored !== undefined && decodeMessageRecord(stored).acceptedAt >= until) break;
    names.push(name, reaction);
  }
  return names;
}

/** The names of records that prove nothing of entries from `keptFrom` on, nor of this epoch and later ones; not all at once. */
async function proofsBefore(
  { engine, id, state }: ConversationRuntime,
  keptFrom: number,
  epoch: number,
  read: Read,
): Promise<string[]> {
  const names: string[] = [];
  const take = (found: readonly { readonly name: string }[], before: number, skip = 0) =>
    names.push(...found.map(({ name }) => name).filter((name) => numberIn(name, skip) < before));

  for (const level of ["stored", "displayed"] as const) {
    for (const leaf of new Set(state.members.map((member) => member.leaf)))
      take(await read(proofFamily(level, leaf)), keptFrom);
  }
  take(await read(recordName.said), keptFrom);
  take(await read(recordName.missed), keptFrom, 1);

  // The newest part of the list by ids grows on.
  for (const { name, value } of await read(recordName.places)) {
    const { number, places } = decodePlaces(value);
    const isOver = number < state.places.number && places.every(({ seq }) => seq < keptFrom);
    if (isOver) names.push(name);
  }

  // What a client begins with, and what is yet to be compared or proves a fork, stays.
  const [{ family, count }] = restoredRecords.latest;
  const latest = await engine.vault.list(prefixOf(id) + family, { limit: count, descending: true });
  const needed = [...state.unverified.map(({ head }) => head.seq), ...(state.fork ? [state.fork.seq] : [])];
  take(await read(family), Math.min(keptFrom, ...needed, numberIn(latest.at(-1)?.key ?? "0")));

  // Of the tree, the last version before the epoch stays.
  const contexts = (await read(recordName.context)).filter(({ name }) => numberIn(name) < epoch);
  take(contexts, epoch);
  if (contexts.length > 0) names.push(...(await superseded(read, epoch)));
  return names;
}

/** Of each part of the tree, all versions that had been replaced by the time of an epoch. */
async function superseded(read: Read, epoch: number): Promise<string[]> {
  const all = (await read(recordName.roster, {})).map(({ name }) => name);
  const partOf = (name: string | undefined) => name?.slice(0, -numberPart(0).length);
  return all.filter((name, at) => {
    const after = all[at + 1];
    return after !== undefined && partOf(after) === partOf(name) && numberIn(after) <= epoch;
  });
}

function prefixOf(id: string): string {
  return `${storeKey.conversation}/${id}/`;
}
