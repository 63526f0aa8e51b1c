import { sameBytes } from "../codec/bytes.ts";
import { encodeForkProof } from "../conversation/fork-proof.ts";
import type { Finding } from "../conversation/integrity.ts";
import { joinedAt } from "../conversation/members.ts";
import { statusOf } from "../conversation/message-progress.ts";
import type { MessageRecord } from "../conversation/message-record.ts";
import type { ConversationEvent } from "../conversation/step.ts";
import { type ErrorCode, ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Receipt } from "./events.ts";
import { readLogPage, readMessage, readMessages } from "./history.ts";
import { loopAt, loopFrom } from "./loop.ts";
import { Message } from "./message.ts";
import { progressAt, statusAfter } from "./progress.ts";

const pageLength = 100;

type EventOf<Type extends ConversationEvent["type"]> = Extract<ConversationEvent, { type: Type }>;

/** Tells the application what a step has done. The step is durable; what is read here is read from the store. */
export async function deliver(runtime: ConversationRuntime, event: ConversationEvent): Promise<void> {
  const { conversation } = runtime;
  switch (event.type) {
    case "message":
      deliverMessage(runtime, event);
      return;
    case "watermark":
      await deliverWatermark(runtime, event);
      return;
    case "answer":
      await deliverAnswer(runtime, event);
      return;
    case "fault":
      await deliverFault(runtime, event);
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
      deliverUnsent(runtime, event);
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

/** What was found by a step, or by whoever waits for the relay. */
export async function deliverFinding(runtime: ConversationRuntime, finding: Finding): Promise<void> {
  const { conversation, engine } = runtime;
  const { what, seq, by, counters = [] } = finding;
  const proof = what === "forked" ? await readForkProof(runtime) : undefined;
  runtime.emit("integrity", { conversation, what, at: engine.clock.now(), seq, by, counters, proof });
}

/** The proof that the relay has signed two histories, from what is stored; `undefined` where it has not. */
export async function readForkProof(runtime: ConversationRuntime): Promise<Uint8Array | undefined> {
  const { fork } = runtime.state;
  const page = fork && (await readLogPage(runtime.engine, runtime.id, fork.seq));
  if (fork === undefined || page === undefined) return undefined;
  const headers = page.headers.filter(({ seq }) => seq > fork.seq);
  return encodeForkProof({ seq: fork.seq, branches: [{ ...page, headers }, fork.other] });
}

function deliverMessage(runtime: ConversationRuntime, { record, content, number }: EventOf<"message">): void {
  const { conversation } = runtime;
  const message = new Message(conversation, runtime, { type: "accepted", record, content });
  runtime.emit("message", { conversation, message });
  if (number === undefined) return;
  const { person, device } = runtime.self;
  emitReceipt(runtime, message, {
    status: "sent",
    by: person,
    device,
    at: record.acceptedAt,
    text: undefined,
  });
}

/** A watermark stands for all messages below it: each of ours that it lifts gets its own receipt event. */
async function deliverWatermark(runtime: ConversationRuntime, event: EventOf<"watermark">): Promise<void> {
  let after = event.from;
  while (runtime.isHeard("receipt") && after < event.to) {
    const range = { after, before: event.to + 1, limit: pageLength };
    const records = await readMessages(runtime.engine, runtime.id, range);
    for (const record of records) await deliverProgress(runtime, record, event.by, event.at, undefined);
    after = records.at(-1)?.seq ?? event.to;
  }
}

async function deliverFault(runtime: ConversationRuntime, { by, seq, at }: EventOf<"fault">): Promise<void> {
  const record = await readMessage(runtime.engine, runtime.id, seq);
  if (record !== undefined) await deliverProgress(runtime, record, by, at, undefined);
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

/** Tells where a loop stands. @param entry - the place of what has changed it, where something has */
export async function tellLoop(runtime: ConversationRuntime, seq: number, entry?: number): Promise<void> {
  const [record, found] = [await readMessage(runtime.engine, runtime.id, seq), await loopAt(runtime, seq)];
  if (record === undefined || found === undefined) return;
  const { log, outcome } = found;
  if (outcome.refused.some((refused) => refused.seq === entry)) {
    refuse(runtime, "answer-refused", "An answer, or a step of an escalation, breaks the rules of its loop.");
    return;
  }
  runtime.loops.watch(outcome, seq);
  const { conversation } = runtime;
  const loop = loopFrom(runtime, log.author, outcome);
  runtime.emit("loop", { conversation, message: messageOf(runtime, record), loop });
}

function refuse(runtime: ConversationRuntime, code: ErrorCode, message: string): void {
  runtime.emit("error", { error: new ReadbackError(code, message), conversation: runtime.conversation });
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

function deliverUnsent(runtime: ConversationRuntime, event: EventOf<"unsent">): void {
  const { person, device } = runtime.self;
  const message = new Message(runtime.conversation, runtime, { type: "queued", outgoing: event.outgoing });
  const at = runtime.engine.clock.now();
  emitReceipt(runtime, message, { status: "failed", by: person, device, at, text: undefined });
  const error = new ReadbackError(event.code, "Something that was queued will never be sent.");
  runtime.emit("error", { error, conversation: runtime.conversation });
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
