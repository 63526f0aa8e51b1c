import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { type Content, decodeContent } from "../conversation/content.ts";
import { decodePlace, type MessageRecord } from "../conversation/message-record.ts";
import type { Outgoing } from "../conversation/state.ts";
import { refusalOf, replacedBy, type VersionClaim, versionFamily } from "../conversation/versions.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { familyKey } from "./engine.ts";
import { type HistoryRange, readMessage, readMessages, readRepetitions, readSeq } from "./history.ts";

/** Versions of one message that are looked at: the newest ones, besides the first. Nobody makes others read without end. */
const mostVersions = 256;

/** A message with its versions, as far as they are here. */
export interface VersionChain {
  /** The id of the first version, whether it is here or not. */
  readonly first: Uint8Array;
  /** The person who wrote them. */
  readonly author: string;
  /** In order: the first version if it is here, then the others as they stand in the log. The first one here stands for the message. */
  readonly records: readonly [MessageRecord, ...MessageRecord[]];
}

/** What a record says; `undefined` where it could not be read. */
export function contentOf({ content }: MessageRecord): Content | undefined {
  return content.length === 0 ? undefined : decodeContent(content);
}

/** The message that a record is a version of; `undefined` where it claims to be one and is not. */
export async function readChain(
  runtime: ConversationRuntime,
  record: MessageRecord,
): Promise<VersionChain | undefined> {
  return chainFrom(runtime, record, await readFirst(runtime, record));
}

/** The same, where it was looked for already. @param original - what {@link readFirst} has found */
export async function chainFrom(
  { engine, id }: ConversationRuntime,
  record: MessageRecord,
  original: MessageRecord | undefined,
): Promise<VersionChain | undefined> {
  const author = record.author.person;
  if (original !== undefined && refusalOf(claimOf(record, original)) !== undefined) return undefined;
  const content = contentOf(record);
  const first = (content && replacedBy(content)) ?? record.id;
  const family = familyKey(id, versionFamily(engine.device.logSuite.hash, first, author));
  const places = await engine.vault.list(family, { descending: true, limit: mostVersions });
  const found: MessageRecord[] = original === undefined ? [] : [original];
  for (const seq of places.map(({ value }) => decodePlace(value)).sort((a, b) => a - b)) {
    const later = await readMessage(engine, id, seq);
    // A device that did not know whether the log has taken it may have said the very same again.
    const isThere = found.some(({ id: other }) => later !== undefined && sameBytes(other, later.id));
    if (later !== undefined && !isThere) found.push(later);
  }
  const [head = record, ...others] = found;
  return { first, author, records: [head, ...others] };
}

/** The message that a record says it is a version of, itself where it says nothing of that; `undefined` where it is not here. */
export async function readFirst(
  { engine, id }: ConversationRuntime,
  record: MessageRecord,
): Promise<MessageRecord | undefined> {
  const content = contentOf(record);
  const first = content && replacedBy(content);
  if (first === undefined) return record;
  const seq = await readSeq(engine, id, hex(first));
  return seq === undefined ? undefined : readMessage(engine, id, seq);
}

/** What a record claims by being a version of another one. */
export function claimOf(record: MessageRecord, original: MessageRecord | undefined): VersionClaim {
  const first = original && contentOf(original);
  return {
    person: record.author.person,
    first: original && {
      person: original.author.person,
      isLater: original !== record && first !== undefined && replacedBy(first) !== undefined,
    },
  };
}

/** As {@link readMessages}, without later versions of what is shown already, and without what was said before. */
export async function readShown(runtime: ConversationRuntime, range: HistoryRange): Promise<MessageRecord[]> {
  const { after, limit } = range;
  const shown: MessageRecord[] = [];
  let rest = range;
  for (;;) {
    const page = await readMessages(runtime.engine, runtime.id, rest);
    const found: MessageRecord[] = [];
    const repetitions = await readRepetitions(runtime.engine, runtime.id, page);
    for (const record of page)
      if (!repetitions.has(record.seq) && (await isShown(runtime, record))) found.push(record);
    if (after === undefined) shown.unshift(...found);
    else shown.push(...found);
    const next = page.at(after === undefined ? 0 : -1);
    if (next === undefined || page.length < rest.limit || shown.length >= limit) {
      return after === undefined ? shown.slice(-limit) : shown.slice(0, limit);
    }
    rest = after === undefined ? { ...range, before: next.seq } : { ...range, after: next.seq };
  }
}

async function isShown(runtime: ConversationRuntime, record: MessageRecord): Promise<boolean> {
  const first = await readFirst(runtime, record);
  if (first !== undefined) return first === record;
  return (await chainFrom(runtime, record, first))?.records[0].seq === record.seq;
}

/** What waits to be sent of a message: its first version, and later ones. */
export function queuedVersions({ state }: ConversationRuntime, first: Uint8Array): Outgoing[] {
  return state.outgoing.filter(({ kind, id, content }) => {
    if (kind !== "application") return false;
    const replaced = replacedBy(decodeContent(content));
    return sameBytes(replaced ?? id, first);
  });
}
