import { fromHex } from "../codec/hex.ts";
import type { Act } from "../conversation/content.ts";
import {
  type CriticalValue,
  canonicalValue,
  type Mismatch,
  mismatches,
} from "../conversation/critical-value.ts";
import { type Saying, say } from "../conversation/send.ts";
import type { Outgoing } from "../conversation/state.ts";
import { ReadbackError } from "../error.ts";
import { requestFrom } from "./asking.ts";
import type { SendOptions } from "./conversation.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { requestAt } from "./loop.ts";
import type { Message } from "./message.ts";

/** Queues a text; see the method of a conversation. */
export async function sendText(
  runtime: ConversationRuntime,
  text: string,
  options: SendOptions = {},
): Promise<Outgoing> {
  const { inReplyTo, intent = "fyi", deadline, request } = options;
  const reply = inReplyTo === undefined ? {} : { inReplyTo: fromHex(inReplyTo.id) };
  const until = deadline === undefined ? {} : { deadline };
  const asked = request === undefined ? {} : { request: requestFrom(runtime, request) };
  return speak(runtime, { type: "text", text, intent, ...reply, ...until, ...asked });
}

/** Queues an answer; see the methods of a message. */
export async function answer(
  runtime: ConversationRuntime,
  message: Message,
  act: Exclude<Act, { act: "confirm" | "correct" | "escalate" }>,
  text: string | undefined,
): Promise<void> {
  const { seq } = message;
  if (seq === undefined || message.from === runtime.self.person || message.problem !== undefined) {
    throw new ReadbackError("invalid-argument", "Only a message that somebody else wrote can be answered.");
  }
  if (act.act !== "acknowledge" && (await requestOf(runtime, message)) === undefined)
    throw new ReadbackError("invalid-argument", "This message asks for nothing.");
  const words = text === undefined ? {} : { text };
  await speak(runtime, { type: "answer", ...act, of: fromHex(message.id), ofSeq: seq, ...words });
}

/** Queues a read-back; see the method of a message. */
export async function readBack(
  runtime: ConversationRuntime,
  message: Message,
  values: readonly CriticalValue[],
  text: string | undefined,
): Promise<Mismatch[]> {
  const expected = (await requestOf(runtime, message))?.values ?? [];
  if (expected.length === 0)
    throw new ReadbackError("invalid-argument", "This message has no values to read back.");
  await answer(runtime, message, { act: "read-back", values: values.map(canonicalValue) }, text);
  return mismatches(expected, values);
}

/** What a version asks for: an edit that does not say it keeps what was asked before. */
async function requestOf(runtime: ConversationRuntime, { request, seq, replaces }: Message) {
  const isKept = request === undefined && seq !== undefined && replaces !== undefined;
  return isKept ? requestAt(runtime, seq) : request;
}

/** Queues what somebody says, and encrypts it in the same step where that is possible. */
export async function speak(runtime: ConversationRuntime, saying: Saying): Promise<Outgoing> {
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
