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
import { suiteOf } from "./device.ts";
import { readAnswers, readLogPage, readMessage, readSeq } from "./history.ts";
import { storeKey } from "./store-key.ts";
import { readChain } from "./version-chain.ts";

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

  const records = await readRecords(runtime, message);
  const [first, last] = [records[0]?.seq ?? 0, records.at(-1)?.seq ?? 0];
  const log = await readLog(runtime, first, last);
  const shown = records.filter((record) => record.seq <= log.head.seq);
  const groups: EvidenceGroup[] = [];
  const signers = new Set(shown.map(({ leaf }) => leaf));
  for (const epoch of new Set(shown.map((record) => record.epoch))) {
    // Whom the message was encrypted for is told in full; of other epochs only who signed something.
    const leaves = epoch === message.epoch ? undefined : signers;
    groups.push({ ...(await readGroup(runtime, Number(epoch))), leaves });
  }
  const suite = suiteOf(engine.device, groups[0]?.context.cipherSuite ?? 0);
  const { logSuite } = engine.device;
  return encodeEvidence({ about: message.id, groups, records: shown, ...log }, suite, logSuite);
}

/** All versions of a message, what was answered to them, and the receipts of this one, as far as a verifier takes it. */
async function readRecords(runtime: ConversationRuntime, message: MessageRecord): Promise<MessageRecord[]> {
  const chain = (await readChain(runtime, message))?.records ?? [];
  const others = chain.filter(
    ({ seq, problem }) => problem === "" && seq !== message.seq && message.seq - seq < most.entries,
  );
  const found = [message, ...others, ...(await readReceipts(runtime, message))];
  for (const version of [message, ...others]) found.push(...(await readAnswersTo(runtime, version)));
  const fitting = found.slice(0, most.records).sort((a, b) => a.seq - b.seq);
  const end = (fitting[0]?.seq ?? 0) + most.entries;
  const epochs = new Set<bigint>();
  const answers = new Set<string>();
  return fitting.filter(({ seq, epoch, id, content }) => {
    if (epochs.size < most.epochs) epochs.add(epoch);
    const decoded = decodeContent(content);
    const judged = "answer" in decoded ? decoded.answer : undefined;
    const isIn = epochs.has(epoch) && seq < end && (judged === undefined || answers.has(hex(judged)));
    if (isIn && decoded.type === "answer") answers.add(hex(id));
    return isIn;
  });
}

/** What was answered to a version of the message by those who were there all the time, and what came of that. */
async function readAnswersTo(
  { engine, id, state }: ConversationRuntime,
  version: MessageRecord,
): Promise<MessageRecord[]> {
  const records = await readAnswers(engine, id, version.seq);
  return records.filter(({ seq, leaf, author, content }) => {
    const decoded = decodeContent(content);
    const hasStayed = state.members.some(
      (member) =>
        member.leaf === leaf &&
        isSameDevice(member, author) &&
        member.since < version.seq &&
        (member.until ?? seq + 1) > seq,
    );
    return hasStayed && decoded.type === "answer" && sameBytes(decoded.of, version.id);
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
  if (!sameBytes(treeHashOf(suiteOf(engine.device, context.cipherSuite), tree), context.treeHash))
    throw damaged();
  return { context, tree };
}

function damaged(): ReadbackError {
  return new ReadbackError("storage-damaged", "What proves a message is not complete.");
}
