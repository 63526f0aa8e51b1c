import { fromHex } from "../codec/hex.ts";
import { markDisplayed, type Saying, say } from "../conversation/send.ts";
import type { Outgoing } from "../conversation/state.ts";
import { ReadbackError } from "../error.ts";
import type { SendOptions } from "./conversation.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Message } from "./message.ts";

/** Queues a text; see the method of a conversation. */
export function sendText(
  runtime: ConversationRuntime,
  text: string,
  options: SendOptions = {},
): Promise<Outgoing> {
  const { inReplyTo, intent = "fyi" } = options;
  const reply = inReplyTo === undefined ? {} : { inReplyTo: fromHex(inReplyTo.id) };
  return speak(runtime, { type: "text", text, intent, ...reply });
}

/** Queues an acknowledgement; see the method of a message. */
export async function acknowledge(
  runtime: ConversationRuntime,
  message: Message,
  text: string | undefined,
): Promise<void> {
  const { seq } = message;
  if (seq === undefined || message.from === runtime.self.person || message.problem !== undefined) {
    throw new ReadbackError(
      "invalid-argument",
      "Only a message that somebody else wrote can be acknowledged.",
    );
  }
  const words = text === undefined ? {} : { text };
  await speak(runtime, { type: "acknowledgement", of: fromHex(message.id), ofSeq: seq, ...words });
}

/** Notes what was displayed; see the method of a message. */
export async function markRead(runtime: ConversationRuntime, message: Message): Promise<void> {
  const { seq } = message;
  if (seq === undefined) return;
  await runtime.engine.step(runtime.id, (step) => {
    markDisplayed(step, seq);
    runtime.submitter.prepare(step);
  });
}

async function speak(runtime: ConversationRuntime, saying: Saying): Promise<Outgoing> {
  return runtime.engine.step(runtime.id, (step) => {
    const { number } = say(step, saying);
    const outgoing = step.state.outgoing.at(-1);
    if (outgoing?.number !== number)
      throw new ReadbackError("invalid-argument", "What was said was not queued.");
    // Online and current, saying and encrypting are one step and one write.
    runtime.submitter.prepare(step);
    return outgoing;
  });
}
