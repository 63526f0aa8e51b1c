import { sameBytes } from "../codec/bytes.ts";
import { fromHex } from "../codec/hex.ts";
import { decodeContent } from "../conversation/content.ts";
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
import { readAcknowledgements, readSeq } from "./history.ts";
import type { Message } from "./message.ts";
import { abortable } from "./waiting.ts";

const ladder: readonly MessageStatus[] = ["queued", "sent", "delivered", "read", "acknowledged"];

/** Whether `status` is at least as far as `wanted`. A failed message has come nowhere. */
export function hasReached(status: MessageStatus, wanted: MessageStatus): boolean {
  return ladder.indexOf(status) >= ladder.indexOf(wanted);
}

/** Each other person's progress with a message; see the method of a message. */
export async function receiptsOf(runtime: ConversationRuntime, message: Message): Promise<PersonProgress[]> {
  const seq = await seqOf(runtime, message);
  return seq === undefined ? [] : progressAt(runtime, seq, fromHex(message.id), message.from);
}

/** The progress of the message at `seq`, person by person. */
export async function progressAt(
  runtime: ConversationRuntime,
  seq: number,
  id: Uint8Array,
  author: string,
): Promise<PersonProgress[]> {
  const records = await readAcknowledgements(runtime.engine, runtime.id, seq);
  const acknowledgements = records.flatMap((record) => acknowledged(record, id));
  const { receipts, members } = runtime.state;
  return progressOf(receipts, { seq, author }, members, acknowledgements);
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
  wanted: Exclude<MessageStatus, "queued" | "failed">,
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

/** What an acknowledgement says of the message with this id; nothing where it is about another one. */
function acknowledged({ author, acceptedAt, content }: MessageRecord, id: Uint8Array): Acknowledged[] {
  const decoded = decodeContent(content);
  if (decoded.type !== "acknowledgement" || !sameBytes(decoded.of, id)) return [];
  return [{ person: author.person, device: author.device, at: acceptedAt, text: decoded.text }];
}

/** The message's place in the log, also where the handle is older than that. */
async function seqOf(runtime: ConversationRuntime, message: Message): Promise<number | undefined> {
  return message.seq ?? readSeq(runtime.engine, runtime.id, message.id);
}

function unsent(): ReadbackError {
  return new ReadbackError("relay-refused", "The message will never be sent.");
}

function asReadbackError(cause: unknown): ReadbackError {
  if (cause instanceof ReadbackError) return cause;
  return new ReadbackError("storage-failed", "History could not be read.", { cause });
}
