import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { decodeContent } from "../conversation/content.ts";
import { decodeEpochRecord, epochName, rosterName } from "../conversation/epoch-record.ts";
import { type EvidenceGroup, encodeEvidence } from "../conversation/evidence-file.ts";
import { isSameDevice } from "../conversation/identity.ts";
import type { LogPage } from "../conversation/log-page.ts";
import { decodeMessageRecord, type MessageRecord } from "../conversation/message-record.ts";
import { numberPart, proofFamily } from "../conversation/record-name.ts";
import type { Member } from "../conversation/state.ts";
import { ReadbackError } from "../error.ts";
import { treeHashOf } from "../mls/tree-hash.ts";
import { restoreTree, treeRecordNames } from "../mls/tree-records.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { readAnswers, readLogPage, readMessage, readSeq } from "./history.ts";
import { storeKey } from "./store-key.ts";

/** What a verifier takes at most; what comes later than that is left out. */
const most = { entries: 32_768, records: 2_048, epochs: 256 } as const;

/** The evidence file of a message; see the method of a conversation. */
export async function readEvidence(runtime: ConversationRuntime, messageId: string): Promise<Uint8Array> {
  const { engine, id } = runtime;
  if (runtime.state.outgoing.some((outgoing) => hex(outgoing.id) === messageId)) {
    throw new ReadbackError("message-not-sent", "The message has no place in the log yet.");
  }
  const isId = /^[0-9a-f]{64}$/.test(messageId);
  const seq = isId ? await readSeq(engine, id, messageId) : undefined;
  const message = seq === undefined ? undefined : await readMessage(engine, id, seq);
  if (message === undefined) throw new ReadbackError("unknown-message", "There is no such message here.");

  const found = [
    message,
    ...(await readAnswersTo(runtime, message)),
    ...(await readReceipts(runtime, message)),
  ];
  found.sort((a, b) => a.seq - b.seq);
  const epochs = new Set<bigint>();
  const fitting = found.slice(0, most.records).filter(({ seq, epoch }) => {
    if (epochs.size < most.epochs) epochs.add(epoch);
    return epochs.has(epoch) && seq < message.seq + most.entries;
  });
  const log = await readLog(runtime, message.seq, fitting.at(-1)?.seq ?? message.seq);
  const records = fitting.filter((record) => record.seq <= log.head.seq);
  const groups: EvidenceGroup[] = [];
  for (const epoch of new Set(records.map((record) => record.epoch))) {
    const signers = records.filter((record) => record.epoch === epoch).map(({ leaf }) => leaf);
    // Whom the message was encrypted for is told in full; of other epochs only who signed something.
    const leaves = epoch === message.epoch ? undefined : new Set(signers);
    groups.push({ ...(await readGroup(runtime, Number(epoch))), leaves });
  }
  const { suite, logSuite } = engine.device;
  return encodeEvidence({ about: message.id, groups, records, ...log }, suite, logSuite);
}

/** What was answered to this version of the message, and what came of that. */
async function readAnswersTo(
  { engine, id }: ConversationRuntime,
  message: MessageRecord,
): Promise<MessageRecord[]> {
  const records = await readAnswers(engine, id, message.seq);
  return records.filter(({ content }) => {
    const decoded = decodeContent(content);
    return decoded.type === "answer" && sameBytes(decoded.of, message.id);
  });
}

/** The first receipt of each level that each device has sent of the message; one for both where they came together. */
async function readReceipts(
  runtime: ConversationRuntime,
  { seq, author }: MessageRecord,
): Promise<MessageRecord[]> {
  const there = runtime.state.members.filter(
    ({ since, until, person }) =>
      since <= seq && (until === undefined || until > seq) && person !== author.person,
  );
  const found: MessageRecord[] = [];
  for (const member of there) {
    const displayed = await firstReceipt(runtime, "displayed", member, seq);
    const stored = await firstReceipt(runtime, "stored", member, seq);
    if (stored !== undefined && stored.seq < (displayed?.seq ?? Number.POSITIVE_INFINITY)) found.push(stored);
    if (displayed !== undefined) found.push(displayed);
  }
  return found;
}

/** The first receipt of a level that a device has sent of the message at a place during one stay. */
export async function firstReceipt(
  { engine, id }: ConversationRuntime,
  level: "stored" | "displayed",
  member: Member,
  seq: number,
): Promise<MessageRecord | undefined> {
  const family = `${storeKey.conversation}/${id}/${proofFamily(level, member.leaf)}`;
  // A device may have said of some entries that it could not read them, and of the message only later.
  const entries = await engine.vault.list(family, { after: `${family}/${numberPart(seq - 1)}`, limit: 32 });
  return entries
    .map(({ value }) => decodeMessageRecord(value))
    .find((record) => {
      const content = decodeContent(record.content);
      const isOfStay = isSameDevice(record.author, member) && record.seq < (member.until ?? record.seq + 1);
      return isOfStay && content.type === "receipt" && !content.exceptions.includes(seq);
    });
}

/** The entries from one place to another, and on to the next head; they end earlier where this device was not there. */
async function readLog({ engine, id }: ConversationRuntime, first: number, last: number): Promise<LogPage> {
  let log: LogPage | undefined;
  while (log === undefined || log.head.seq < last) {
    const next = (log?.head.seq ?? first - 1) + 1;
    const page = await readLogPage(engine, id, next);
    if (page === undefined && log !== undefined) return log;
    if (page === undefined) throw damaged();
    const headers = page.headers.filter((header) => header.seq >= next);
    log = { headers: [...(log?.headers ?? []), ...headers], head: page.head };
  }
  return log;
}

/** A group as it was in an epoch. */
async function readGroup({ engine, id }: ConversationRuntime, epoch: number) {
  const prefix = `${storeKey.conversation}/${id}`;
  const value = await engine.vault.read(`${prefix}/${epochName(epoch)}`);
  if (value === undefined) throw damaged();
  const { context, leafCount } = decodeEpochRecord(value);
  const records = new Map<string, Uint8Array>();
  for (const name of treeRecordNames(leafCount)) {
    const family = `${prefix}/${rosterName(name)}`;
    const after = `${family}/${numberPart(epoch + 1)}`;
    const [latest] = await engine.vault.list(family, { after, limit: 1, descending: true });
    if (latest !== undefined) records.set(name, latest.value);
  }
  const tree = restoreTree(records, leafCount);
  if (!sameBytes(treeHashOf(engine.device.suite, tree), context.treeHash)) throw damaged();
  return { context, tree };
}

function damaged(): ReadbackError {
  return new ReadbackError("storage-damaged", "What proves a message is not complete.");
}
