import { sameBytes } from "../codec/bytes.ts";
import { fromHex } from "../codec/hex.ts";
import { type AnswerContent, decodeContent } from "../conversation/content.ts";
import { type CriticalValue, mismatches } from "../conversation/critical-value.ts";
import {
  type Acknowledged,
  type PersonProgress,
  progressOf,
  statusOf as statusOfAll,
} from "../conversation/message-progress.ts";
import type { MessageRecord } from "../conversation/message-record.ts";
import { ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { MessageStatus, Receipt } from "./events.ts";
import { firstReceipt } from "./evidence.ts";
import { readAnswers, readFaults, readSeq } from "./history.ts";
import { requestAt } from "./loop.ts";
import type { Message } from "./message.ts";
import { abortable } from "./waiting.ts";

const ladder: readonly MessageStatus[] = [
  "queued",
  "sent",
  "unreadable",
  "delivered",
  "read",
  "acknowledged",
];

/** Whether `status` is at least as far as `wanted`. A failed message has come nowhere. */
export function hasReached(status: MessageStatus, wanted: MessageStatus): boolean {
  return ladder.indexOf(status) >= ladder.indexOf(wanted);
}

/** What a device has signed, as it stands in the log. With the roster of its epoch it makes an evidence file. */
export interface SignedStatement {
  /** Its place in the log. */
  readonly seq: number;
  readonly epoch: number;
  /** The leaf of the device that has signed it. */
  readonly leaf: number;
  /** The framed content: a receipt, an answer, or a word on what cannot be read. */
  readonly content: Uint8Array;
  /** Over FramedContentTBS (RFC 9420 §6.1), which `content` is a part of. */
  readonly signature: Uint8Array;
}

/** How far a message has come with one person, and the signed statement that says so. */
export interface PersonReceipt extends PersonProgress {
  /** `undefined` where the message is only sent, or the device has contradicted itself since. */
  readonly proof: SignedStatement | undefined;
}

/** Each other person's progress with a message; see the method of a message. */
export async function receiptsOf(runtime: ConversationRuntime, message: Message): Promise<PersonReceipt[]> {
  const seq = await seqOf(runtime, message);
  if (seq === undefined) return [];
  const persons = await progressAt(runtime, seq, fromHex(message.id), message.from);
  return Promise.all(
    persons.map(async (person) => ({ ...person, proof: await proofOf(runtime, seq, person) })),
  );
}

async function proofOf(
  runtime: ConversationRuntime,
  seq: number,
  { person, device, status, at }: PersonProgress,
): Promise<SignedStatement | undefined> {
  const { engine, id, state } = runtime;
  const isTheirs = ({ author, acceptedAt }: MessageRecord): boolean =>
    author.person === person && author.device === device && acceptedAt === at;
  const answers = await readAnswers(engine, id, seq);
  const level = status === "read" ? "displayed" : status === "delivered" ? "stored" : undefined;
  const member = state.members.find(
    (each) =>
      each.person === person && each.device === device && each.since <= seq && (each.until ?? seq + 1) > seq,
  );
  // What is displayed is stored too, and one receipt may say both.
  const receipt = async (wanted: "stored" | "displayed") =>
    member && firstReceipt(runtime, wanted, member, seq);
  const record =
    status === "unreadable"
      ? (await readFaults(engine, id, seq)).map(({ record }) => record).find(isTheirs)
      : (answers.find(isTheirs) ??
        (level && ((await receipt(level)) ?? (level === "stored" ? await receipt("displayed") : undefined))));
  if (record === undefined) return undefined;
  const { epoch, leaf, content, signature } = record;
  return { seq: record.seq, epoch: Number(epoch), leaf, content, signature };
}

/** The progress of the message at `seq`, person by person. */
export async function progressAt(
  runtime: ConversationRuntime,
  seq: number,
  id: Uint8Array,
  author: string,
): Promise<PersonProgress[]> {
  const records = await readAnswers(runtime.engine, runtime.id, seq);
  const answers = records.flatMap((record) => answersTo(record, id));
  const values = answers.some(({ content }) => content.act === "read-back")
    ? ((await requestAt(runtime, seq))?.values ?? [])
    : [];
  const acknowledgements = answers.flatMap(({ record, content }): Acknowledged[] => {
    const { person, device } = record.author;
    const status = statusAfter(content, values);
    return status === undefined
      ? []
      : [{ status, person, device, at: record.acceptedAt, text: content.text }];
  });
  const { receipts, members } = runtime.state;
  const faults = await readFaults(runtime.engine, runtime.id, seq);
  const unreadable = faults.map(({ record, reason }) => ({
    ...record.author,
    at: record.acceptedAt,
    reason,
  }));
  return progressOf(receipts, { seq, author }, members, acknowledgements, unreadable);
}

/** Where a message stands; see the method of a message. */
export async function statusOf(runtime: ConversationRuntime, message: Message): Promise<MessageStatus> {
  const id = fromHex(message.id);
  // Looked at before the store is: what leaves the queue meanwhile is found there, and never taken for failed.
  const isQueued = runtime.state.outgoing.some((outgoing) => sameBytes(outgoing.id, id));
  if (isQueued) return "queued";
  const seq = await seqOf(runtime, message);
  return seq === undefined ? "failed" : statusOfAll(await progressAt(runtime, seq, id, message.from));
}

/** Waits until a message has come far enough; see the method of a message. */
export function waitFor(
  runtime: ConversationRuntime,
  message: Message,
  wanted: Exclude<MessageStatus, "queued" | "unreadable" | "failed">,
  signal: AbortSignal | undefined,
): Promise<Receipt> {
  return abortable<Receipt>(signal, (resolve, reject) => {
    const undoEvent = runtime.events.on("receipt", (event) => {
      if (event.message.id !== message.id) return;
      if (event.status === "failed") reject(unsent());
      else if (hasReached(event.status, wanted)) resolve(event);
    });
    const undoEnd = runtime.onEnd(reject);
    // Listening first, looking second: nothing can happen in between.
    reachedAlready(runtime, message, wanted).then(
      (receipt) => {
        if (receipt !== undefined) resolve(receipt);
      },
      (error: unknown) => reject(asReadbackError(error)),
    );
    return () => {
      undoEvent();
      undoEnd();
    };
  });
}

async function reachedAlready(
  runtime: ConversationRuntime,
  message: Message,
  wanted: MessageStatus,
): Promise<Receipt | undefined> {
  await runtime.quiet();
  const status = await statusOf(runtime, message);
  if (status === "failed") throw unsent();
  if (!hasReached(status, wanted)) return undefined;
  const persons = await receiptsOf(runtime, message);
  // The one who came last is the one who brought the message there.
  const last = persons
    .filter(({ device }) => device !== undefined)
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
    .at(-1);
  const { person, device } = runtime.self;
  const at = last?.at ?? message.acceptedAt ?? 0;
  return { status, by: last?.person ?? person, device: last?.device ?? device, at, text: last?.text };
}

/** An answer to the message with this id; nothing where it is about another one. */
function answersTo(
  record: MessageRecord,
  id: Uint8Array,
): { record: MessageRecord; content: AnswerContent }[] {
  const content = decodeContent(record.content);
  return content.type === "answer" && sameBytes(content.of, id) ? [{ record, content }] : [];
}

/** How far an answer brings a message. Who declines, or reads back something else, has not taken it in as it was said. */
export function statusAfter(
  content: AnswerContent,
  values: readonly CriticalValue[],
): Acknowledged["status"] | undefined {
  switch (content.act) {
    case "seen":
      return "read";
    case "acknowledge":
    case "accept":
      return "acknowledged";
    case "read-back":
      return mismatches(values, content.values).length === 0 ? "acknowledged" : "read";
    default:
      return undefined;
  }
}

/** The message's place in the log, also where the handle is older than that. */
export async function seqOf(runtime: ConversationRuntime, message: Message): Promise<number | undefined> {
  return message.seq ?? readSeq(runtime.engine, runtime.id, message.id);
}

function unsent(): ReadbackError {
  return new ReadbackError("relay-refused", "The message will never be sent.");
}

function asReadbackError(cause: unknown): ReadbackError {
  if (cause instanceof ReadbackError) return cause;
  return new ReadbackError("storage-failed", "History could not be read.", { cause });
}
