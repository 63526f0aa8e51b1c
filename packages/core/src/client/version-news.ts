import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import type { MessageRecord } from "../conversation/message-record.ts";
import type { ConversationEvent } from "../conversation/step.ts";
import { refusalOf } from "../conversation/versions.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { deliverFinding } from "./finding-news.ts";
import { readMessage, readSeq } from "./history.ts";
import { tellLoop } from "./loop-news.ts";
import { Message } from "./message.ts";
import { readReactions } from "./reactions.ts";
import { chainFrom, claimOf, readChain, readFirst } from "./version-chain.ts";

type EventOf<Type extends ConversationEvent["type"]> = Extract<ConversationEvent, { type: Type }>;

/**
 * Tells of a later version of a message, or that it breaks the rules and counts for nothing. Returns whether it did:
 * otherwise the version is the first one here and stands for the message.
 */
export async function deliverVersion(
  runtime: ConversationRuntime,
  record: MessageRecord,
  version: Message,
): Promise<boolean> {
  const { seq, author: by } = record;
  const original = await readFirst(runtime, record);
  if (refusalOf(claimOf(record, original)) !== undefined) {
    await deliverFinding(runtime, { what: "false-claim", seq, by });
    return true;
  }
  // The message stands behind it in the log and is told next, with this version.
  if (original !== undefined && original.seq > seq) return true;
  const chain = await chainFrom(runtime, record, original);
  const shown = chain?.records[0] ?? record;
  if (shown.seq === seq) return false;
  const { conversation } = runtime;
  runtime.emit("version", { conversation, message: messageOf(runtime, shown), version });
  await tellLoop(runtime, shown.seq);
  return true;
}

/** Tells of the versions that came before the message itself was here: they count from now on. */
export async function deliverWaiting(
  runtime: ConversationRuntime,
  record: MessageRecord,
  message: Message,
  readUpTo: number,
): Promise<void> {
  if (!runtime.isHeard("version") && !runtime.isHeard("loop")) return;
  const { conversation } = runtime;
  const later = (await readChain(runtime, record))?.records.slice(1) ?? [];
  const waiting = later.filter(({ seq }) => seq <= readUpTo);
  for (const each of waiting)
    runtime.emit("version", { conversation, message, version: messageOf(runtime, each) });
  if (waiting.length > 0) await tellLoop(runtime, record.seq);
}

/** Tells of a reaction, unless its person has said another one since, or the message is not here. */
export async function deliverReaction(
  runtime: ConversationRuntime,
  { record, content }: EventOf<"reaction">,
): Promise<void> {
  const { engine, id, conversation } = runtime;
  const { author: by, acceptedAt: at } = record;
  const seq = await readSeq(engine, id, hex(content.of));
  const target = seq === undefined ? undefined : await readMessage(engine, id, seq);
  const newest = (await readReactions(runtime, content.of)).find(({ person }) => person === by.person);
  if (target === undefined || newest === undefined || !sameBytes(newest.id, record.id)) return;
  const message = messageOf(runtime, target);
  runtime.emit("reaction", { conversation, message, by, reaction: content.reaction, at });
}

function messageOf(runtime: ConversationRuntime, record: MessageRecord): Message {
  return new Message(runtime.conversation, runtime, { type: "accepted", record });
}
