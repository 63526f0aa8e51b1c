import { fromHex, hex } from "../codec/hex.ts";
import type { Outgoing } from "../conversation/state.ts";
import { ReadbackError } from "../error.ts";
import { requestFrom } from "./asking.ts";
import type { SendOptions } from "./conversation.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Message } from "./message.ts";
import { seqOf } from "./progress.ts";
import { speak } from "./saying.ts";

/** What an edit changes besides the text. What is left out stays as it was. */
export type EditOptions = Pick<SendOptions, "intent" | "deadline" | "request">;

/** Queues a later version of a message; see the method of a message. */
export async function edit(
  runtime: ConversationRuntime,
  message: Message,
  text: string,
  options: EditOptions,
): Promise<Outgoing> {
  const versions = await changeable(runtime, message);
  const last = versions.at(-1) as Message;
  const asked = versions.findLast(({ request }) => request !== undefined);
  const { intent = last.intent, deadline = intent === "fyi" ? undefined : last.deadline } = options;
  // An edit says everything anew, so that whoever knows only this version knows what is asked.
  const request = options.request === undefined ? asked?.request : requestFrom(runtime, options.request);
  return speak(runtime, {
    type: "text",
    text,
    intent,
    ...references(versions),
    ...(deadline === undefined ? {} : { deadline }),
    ...(request === undefined ? {} : { request }),
  });
}

/** Queues that a message is taken back; see the method of a message. */
export async function recall(
  runtime: ConversationRuntime,
  message: Message,
  reason: string | undefined,
): Promise<Outgoing> {
  const versions = await changeable(runtime, message);
  const why = reason === undefined ? {} : { reason };
  return speak(runtime, { type: "recall", intent: "fyi", ...references(versions), ...why });
}

/** The versions of a message that its author may still change. */
async function changeable(runtime: ConversationRuntime, message: Message): Promise<[Message, ...Message[]]> {
  if (message.from !== runtime.self.person)
    throw new ReadbackError("invalid-argument", "Only the person who wrote a message changes it.");
  const versions = await message.versions.all();
  if (versions.some(({ isRecall }) => isRecall))
    throw new ReadbackError("message-recalled", "What was taken back is not changed any more.");
  const isGone = !runtime.state.outgoing.some(({ id }) => hex(id) === message.id);
  if (isGone && (await seqOf(runtime, message)) === undefined)
    throw new ReadbackError("message-not-sent", "The message will never be sent.");
  return versions;
}

/** What a later version says of other messages: which one it is a version of, and what that one answers. */
function references([first]: readonly [Message, ...Message[]]) {
  const { replaces = first.id, inReplyTo } = first;
  return {
    replaces: fromHex(replaces),
    ...(inReplyTo === undefined ? {} : { inReplyTo: fromHex(inReplyTo) }),
  };
}
