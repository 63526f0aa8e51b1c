import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { type Content, decodeContent } from "../conversation/content.ts";
import { joinedAt } from "../conversation/members.ts";
import { statusOf } from "../conversation/message-progress.ts";
import type { MessageRecord } from "../conversation/message-record.ts";
import type { ConversationEvent } from "../conversation/step.ts";
import { replacedBy } from "../conversation/versions.ts";
import { ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Receipt } from "./events.ts";
import { deliverFinding } from "./finding-news.ts";
import { readMessage, readMessages, readRepetitions } from "./history.ts";
import { refuse, tellLoop } from "./loop-news.ts";
import { Message } from "./message.ts";
import { progressAt, statusAfter } from "./progress.ts";
import { deliverReaction, deliverVersion, deliverWaiting } from "./version-news.ts";

const pageLength = 100;

type EventOf<Type extends ConversationEvent["type"]> = Extract<ConversationEvent, { type: Type }>;

/** Tells the application what a step has done. The step is durable; what is read here is read from the store. */
export async function deliver(runtime: ConversationRuntime, event: ConversationEvent): Promise<void> {
  const { conversation } = runtime;
  switch (event.type) {
    case "message":
      await deliverMessage(runtime, event);
      return;
    case "reaction":
      await deliverReaction(runtime, event);
      return;
    case "watermark":
    case "fault":
      await deliverRange(runtime, event);
      return;
    case "answer":
      await deliverAnswer(runtime, event);
      return;
    case "unrepaired":
      refuse(
        runtime,
        "not-repairable",
        "Somebody cannot read a message, and it cannot be said to them again.",
      );
      return;
    case "deadline":
      await tellLoop(runtime, event.seq);
      return;
    case "members":
      runtime.emit("member", {
        conversation,
        added: event.added.map(nameOf),
        removed: event.removed.map(nameOf),
      });
      return;
    case "phase":
      runtime.emit("conversation", { conversation });
      return;
    case "unsent":
      await deliverUnsent(runtime, event);
      return;
    case "integrity":
      await deliverFinding(runtime, event);
      return;
    case "problem":
      runtime.emit("error", {
        error: new ReadbackError(event.code, "An entry of the log could not be used on this device."),
        conversation,
      });
  }
}

async function deliverMessage(runtime: ConversationRuntime, event: EventOf<"message">): Promise<void> {
  const { conversation } = runtime;
  const { record, content, number, readUpTo } = event;
  const message = new Message(conversation, runtime, { type: "accepted", record, content });
  const isTold =
    (event.isRepeated && (await readRepetitions(runtime.engine, runtime.id, [record])).size > 0) ||
    (replacedBy(content) !== undefined && (await deliverVersion(runtime, record, message)));
  if (!isTold) runtime.emit("message", { conversation, message });
  if (number !== undefined) {
    const { person, device } = runtime.self;
    const sent = { status: "sent", by: person, device, at: record.acceptedAt, text: undefined } as const;
    emitReceipt(runtime, message, sent);
  }
  if (!isTold) await deliverWaiting(runtime, record, message, readUpTo);
}

/** A watermark stands for all messages below it, and so does a gap: each of ours that it is about gets its own receipt event. */
async function deliverRange(
  runtime: ConversationRuntime,
  event: EventOf<"watermark"> | EventOf<"fault">,
): Promise<void> {
  let after = event.from;
  while (runtime.isHeard("receipt") && after < event.to) {
    const range = { after, before: event.to + 1, limit: pageLength };
    const records = await readMessages(runtime.engine, runtime.id, range);
    for (const record of records) await deliverProgress(runtime, record, event.by, event.at, undefined);
    after = records.at(-1)?.seq ?? event.to;
  }
}

async function deliverAnswer(
  runtime: ConversationRuntime,
  { record, content }: EventOf<"answer">,
): Promise<void> {
  const { of, ofSeq } = content;
  const target = await readMessage(runtime.engine, runtime.id, ofSeq);
  if (target === undefined && ofSeq < joinedAt(runtime.state)) return;
  if (target === undefined || !sameBytes(target.id, of)) {
    refuse(runtime, "unknown-message", "Somebody answered a message that this device does not have.");
    return;
  }
  if (statusAfter(content, []) !== undefined)
    await deliverProgress(runtime, target, record.author, record.acceptedAt, content.text);
  const isOwn = record.author.person === runtime.self.person && record.author.device === runtime.self.device;
  if (content.act === "escalate") runtime.loops.noteEarly(content, record.acceptedAt, isOwn);
  await tellLoop(runtime, ofSeq, record.seq);
}

async function deliverProgress(
  runtime: ConversationRuntime,
  record: MessageRecord,
  by: MessageRecord["author"],
  at: number,
  text: string | undefined,
): Promise<void> {
  if (record.author.person !== runtime.self.person || record.problem !== "") return;
  const status = statusOf(await progressAt(runtime, record.seq, record.id, record.author.person));
  emitReceipt(runtime, messageOf(runtime, record), { status, by: by.person, device: by.device, at, text });
}

async function deliverUnsent(runtime: ConversationRuntime, event: EventOf<"unsent">): Promise<void> {
  const { conversation } = runtime;
  const content = decodeContent(event.outgoing.content);
  const isMessage = content.type === "text" || content.type === "recall";
  const message = isMessage
    ? new Message(conversation, runtime, { type: "queued", outgoing: event.outgoing })
    : await messageConcerned(runtime, content);
  if (isMessage && message !== undefined) {
    const { person, device } = runtime.self;
    const at = runtime.engine.clock.now();
    emitReceipt(runtime, message, { status: "failed", by: person, device, at, text: undefined });
  }
  const error = new ReadbackError(event.code, "Something that was queued will never be sent.");
  runtime.emit("error", { error, conversation, ...(message && { message }) });
}

/** The message that an answer or a sign is about, where this device has it. */
async function messageConcerned(
  runtime: ConversationRuntime,
  content: Content,
): Promise<Message | undefined> {
  if (content.type === "reaction") return runtime.conversation.message(hex(content.of));
  if (content.type !== "answer") return undefined;
  const record = await readMessage(runtime.engine, runtime.id, content.ofSeq);
  return record && messageOf(runtime, record);
}

function emitReceipt(runtime: ConversationRuntime, message: Message, receipt: Receipt): void {
  runtime.emit("receipt", { conversation: runtime.conversation, message, ...receipt });
}

function messageOf(runtime: ConversationRuntime, record: MessageRecord): Message {
  return new Message(runtime.conversation, runtime, { type: "accepted", record });
}

function nameOf({ person, device }: MessageRecord["author"]): MessageRecord["author"] {
  return { person, device };
}
