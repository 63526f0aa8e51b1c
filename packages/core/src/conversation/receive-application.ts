import { sameBytes } from "../codec/bytes.ts";
import { ReadbackError } from "../error.ts";
import { unprotectMessage } from "../mls/application-message.ts";
import { isSignedAgain, messageAgain } from "../mls/message-again.ts";
import type { LogEntry } from "../wire/entry.ts";
import type { AgainContent } from "./again-content.ts";
import { type Content, contentId, decodeContent, type ReactionContent } from "./content.ts";
import { contentContext } from "./content-context.ts";
import { mostMissing } from "./device-counter.ts";
import { closeGap, noteGap, noteMissed } from "./gap.ts";
import { report } from "./integrity.ts";
import { judgeContent } from "./judge-content.ts";
import { isAuthorGood } from "./leaf-credential.ts";
import { noteUse } from "./leaf-update.ts";
import { joinedAt } from "./members.ts";
import { encodeMessageRecord, encodeRecordName, type MessageRecord } from "./message-record.ts";
import { receiveFork } from "./pass-fork.ts";
import { forgetRequests, noteAnswer, watchRequest } from "./pending-request.ts";
import { problemCode } from "./problem-code.ts";
import { generationsPruned, passPruned } from "./pruned.ts";
import { applyReport } from "./receipt-state.ts";
import { numbered, proofFamily, recordName } from "./record-name.ts";
import { requestRejoin } from "./rejoin.ts";
import { receiveFaults } from "./repair.ts";
import { reportAgain } from "./report.ts";
import type { Member, Outgoing } from "./state.ts";
import type { Step } from "./step.ts";
import { fileVersion, reactionName } from "./versions.ts";

const noId = new Uint8Array(32);

/** Processes an entry that carries content: our own come to rest, those of others are decrypted. */
export function receiveApplication(step: Step, entry: LogEntry): void {
  const own = ownAt(step, entry);
  if (own !== undefined) {
    settleOwn(step, entry, own);
    return;
  }
  if (entry.payload === undefined) {
    const isFirst = passPruned(step, entry);
    if (entry.header.kind === "application") recordProblem(step, entry, "pruned", isFirst);
    return;
  }
  try {
    receiveForeign(step, entry.payload, entry);
  } catch (error) {
    const code = problemCode(error);
    recordProblem(step, entry, code);
    if (code === "mls-own-message") noteRollback(step, entry);
    else noteGap(step, entry, code);
  }
}

/** Passes over a message of an epoch that this device has no secrets of: a visible gap, unless it is our own. */
export function missApplication(step: Step, entry: LogEntry): void {
  const own = ownAt(step, entry);
  if (own !== undefined) {
    settleOwn(step, entry, own);
    return;
  }
  recordProblem(step, entry, "missed-epoch");
  noteMissed(step, entry);
}

/**
 * The log holds what this device has said and does not know of: its store is an old copy. The keys that it would use next
 * are used already, so it takes a new place in the group before it says anything.
 */
function noteRollback(step: Step, { header }: LogEntry): void {
  if (header.kind === "application") {
    // What stands there may be what waits here to be said again: its count is then another one, and this one is never used.
    const deviceCounter = step.state.deviceCounter + 1;
    step.update({ deviceCounter, givenUp: [...step.state.givenUp, deviceCounter].slice(-mostMissing) });
  }
  requestRejoin(step);
}

function ownAt(step: Step, { header }: LogEntry): Outgoing | undefined {
  return step.state.outgoing.find(
    ({ submission }) => submission !== undefined && sameBytes(submission.payloadHash, header.payloadHash),
  );
}

function settleOwn(step: Step, entry: LogEntry, own: Outgoing): void {
  step.removeOutgoing(own.number);
  const author = step.state.self;
  const leaf = step.state.group?.ownLeaf ?? 0;
  const content = decodeContent(own.content);
  if ("details" in content) {
    const told = new Set(content.details.givenUp);
    step.update({ givenUp: step.state.givenUp.filter((count) => !told.has(count)) });
  }
  const signed = { content: own.content, signature: own.signature ?? new Uint8Array(), opening: own.opening };
  const record = recordOf(entry, author, leaf, own.id, signed);
  settle(step, record, memberAt(step, leaf), content, own.number);
}

function receiveForeign(step: Step, payload: Uint8Array, entry: LogEntry): void {
  const { group } = step.state;
  if (group === undefined)
    throw new ReadbackError("not-a-member", "This device is no member of the conversation.");
  const opened = unprotectMessage(group, payload, generationsPruned(step.state));
  const author = memberAt(step, opened.sender);
  const context = contentContext(step.state, author);
  const content = decodeContent(opened.data, context);
  step.update({ group: opened.group });
  step.consumed.push(...opened.consumed);
  const id = contentId(step.tools.logSuite.hash, content, opened.data, context);
  const signed = { content: opened.data, signature: opened.signature, opening: opened.opening };
  settle(step, recordOf(entry, author, author.leaf, id, signed), author, content);
}

/** Gives content its place: messages and answers are kept, receipts raise a watermark. */
function settle(step: Step, found: MessageRecord, author: Member, content: Content, number?: number): void {
  const { self, due } = step.state;
  const foreign = found.author.person !== self.person;
  const isCurrent = isAuthorGood(step, found);
  if (!isCurrent) report(step, { what: "credential-expired", seq: found.seq, by: found.author });
  const { holds, isElsewhere, isRepeated } = judgeContent(step, found, author, content);
  // What somebody said stays readable. What rests on having read the log, or on who it was, does not count.
  if (!holds && content.type !== "text" && content.type !== "recall") return;
  // The proof of a fork proves itself.
  const isProof = content.type === "fork";
  if (!isCurrent && !isProof && (content.type !== "text" || content.replaces !== undefined)) return;
  // Numbers of another history would stand for other messages here. What names an id is as good as before.
  if (isElsewhere && (content.type === "receipt" || content.type === "fault")) return;
  const problem = isCurrent ? (holds ? found.problem : "false-claim") : "credential-expired";
  const record: MessageRecord = { ...found, problem };
  if (content.type === "text" || content.type === "answer") noteUse(step);
  switch (content.type) {
    case "receipt":
      receiveReceipt(step, record, content);
      return;
    case "fault":
      receiveFaults(step, record, author, content);
      return;
    case "again":
      receiveAgain(step, record, author, content);
      return;
    case "fork":
      receiveFork(step, record, content);
      return;
    case "answer":
      if (content.ofSeq < step.state.keptFrom) return;
      keepAside(step, numbered(recordName.answer, content.ofSeq, record.seq), record, number);
      noteAnswer(step, record.author.person, record.acceptedAt, content);
      step.emit({ type: "answer", record, content });
      return;
    case "reaction":
      keepReaction(step, record, content, number);
      step.emit({ type: "reaction", record, content });
      return;
    default:
      step.put(numbered(recordName.message, record.seq), encodeMessageRecord(record));
      step.placed.push({ id: record.id, seq: record.seq });
      if (isRepeated) step.put(numbered(recordName.repeated, record.seq), new Uint8Array());
      step.emit({
        type: "message",
        record,
        content,
        readUpTo: step.state.position.seq,
        isRepeated,
        ...(number === undefined ? {} : { number }),
      });
      fileVersion(step, record, content);
      if (content.type === "text" && problem === "") watchRequest(step, record, content);
      if (content.type === "recall") forgetRequests(step, author.person, content.replaces);
      if (foreign) step.update({ due: { ...due, stored: Math.max(due.stored, record.seq) } });
  }
}

/** Keeps what is no message of its own. Where this device has said it, by its place too: somebody may not have read it. */
function keepAside(step: Step, name: string, record: MessageRecord, number: number | undefined): void {
  step.put(name, encodeMessageRecord(record));
  if (number !== undefined) step.put(numbered(recordName.said, record.seq), encodeRecordName(name));
}

function keepReaction(
  step: Step,
  record: MessageRecord,
  content: ReactionContent,
  number: number | undefined,
): void {
  const name = reactionName(step.tools.logSuite.hash, record, content);
  keepAside(step, name, record, number);
  // What it is put to may be forgotten already, and then takes nothing along any more.
  if (step.state.keptFrom > 0)
    step.put(numbered(recordName.lateReaction, record.seq), encodeRecordName(name));
}

function receiveReceipt(
  step: Step,
  record: MessageRecord,
  content: Extract<Content, { type: "receipt" }>,
): void {
  // About what others read before this device came: nothing that it could judge.
  if (content.upTo < joinedAt(step.state)) return;
  const outcome = applyReport(step.state.receipts, {
    device: record.author,
    level: content.level,
    upTo: content.upTo,
    exceptions: content.exceptions,
    at: record.acceptedAt,
    // A receipt commits to what came before it: it cannot speak of its own place or a later one.
    head: record.seq - 1,
    since: step.state.members.findLast((m) => m.leaf === record.leaf && m.until === undefined)?.since ?? 0,
  });
  if (outcome.type === "refused") {
    refuse(step, record);
    return;
  }
  if (outcome.type === "unchanged") return;
  step.update({ receipts: outcome.state });
  if (content.upTo >= step.state.keptFrom)
    step.put(numbered(proofFamily(content.level, record.leaf), content.upTo), encodeMessageRecord(record));
  if (record.author.person === step.state.self.person) return;
  step.emit({
    type: "watermark",
    by: record.author,
    level: content.level,
    from: outcome.from,
    to: outcome.to,
    at: record.acceptedAt,
  });
}

/**
 * Closes a gap with what its author says again: it takes its place in the log as if it had been read there. What makes
 * the entry's very payload again stands there, and what its author signed again, its author has said.
 */
function receiveAgain(step: Step, record: MessageRecord, author: Member, again: AgainContent): void {
  const { gaps, group } = step.state;
  const gap = gaps.find(({ seq }) => seq === again.ofSeq);
  // Whoever holds it already has nothing to learn.
  if (gap === undefined || group === undefined) return;
  const { suite } = group;
  const { logSuite } = step.tools;
  const { seq, acceptedAt, sender } = gap;
  const { content: data, signature, opening } = again;
  const opened = { leaf: record.leaf, data, signature, opening };
  const isIt =
    sender?.leaf === record.leaf &&
    author.since < seq &&
    opening.key.length === suite.aead.keySize &&
    opening.nonce.length === suite.aead.nonceSize &&
    sameBytes(logSuite.hash.digest(messageAgain(suite, sender.context, opened)), gap.payloadHash) &&
    isSignedAgain(suite, sender.signatureKey, sender.context, opened);
  if (!isIt) {
    refuse(step, record);
    return;
  }
  const context = contentContext(step.state, author);
  const content = decodeContent(data, context);
  const id = contentId(logSuite.hash, content, data, context);
  const { epoch } = sender.context;
  closeGap(step, seq);
  step.remove(numbered(recordName.message, seq));
  reportAgain(step, seq);
  settle(step, { ...record, seq, acceptedAt, epoch, id, content: data, signature, opening }, author, content);
}

/** Something that a member claims and that cannot be so: it counts for nothing, and the application hears of it. */
function refuse(step: Step, { seq, author: by }: MessageRecord): void {
  report(step, { what: "false-claim", seq, by });
}

/** Keeps the place of what could not be read, so that it is a visible gap and not a silent one. */
function recordProblem(step: Step, entry: LogEntry, problem: ReadbackError["code"], isTold = true): void {
  const nobody = { person: "", device: "" };
  const nothing = { content: new Uint8Array(), signature: new Uint8Array(), opening: undefined };
  const record = { ...recordOf(entry, nobody, 0, noId, nothing), problem };
  step.put(numbered(recordName.message, record.seq), encodeMessageRecord(record));
  if (isTold) step.emit({ type: "problem", seq: record.seq, code: problem });
}

function recordOf(
  { header }: LogEntry,
  author: MessageRecord["author"],
  leaf: number,
  id: Uint8Array,
  signed: Pick<MessageRecord, "content" | "signature" | "opening">,
): MessageRecord {
  const { seq, epoch, acceptedAt } = header;
  const { person, device } = author;
  return { seq, id, author: { person, device }, leaf, epoch, acceptedAt, ...signed, problem: "" };
}

function memberAt(step: Step, leaf: number): Member {
  const member = step.state.members.find((m) => m.leaf === leaf && m.until === undefined);
  if (member === undefined) throw new ReadbackError("not-a-member", "The sender of a message is no member.");
  return member;
}
