import { type ErrorCode, ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { loopAt, loopFrom } from "./loop.ts";
import { Message } from "./message.ts";

/** Tells where a loop stands. @param entry - the place of what has changed it, where something has */
export async function tellLoop(runtime: ConversationRuntime, seq: number, entry?: number): Promise<void> {
  const found = await loopAt(runtime, seq);
  if (found === undefined) return;
  const { log, outcome, first, message: record } = found;
  if (outcome.refused.some((refused) => refused.seq === entry)) {
    refuse(runtime, "answer-refused", "An answer, or a step of an escalation, breaks the rules of its loop.");
    return;
  }
  runtime.loops.watch(outcome, first);
  const { conversation } = runtime;
  const loop = loopFrom(runtime, log.author, outcome);
  const message = new Message(conversation, runtime, { type: "accepted", record });
  runtime.emit("loop", { conversation, message, loop });
}

/** Tells that something a member has sent cannot be used as what it claims to be. */
export function refuse(runtime: ConversationRuntime, code: ErrorCode, message: string): void {
  runtime.emit("error", { error: new ReadbackError(code, message), conversation: runtime.conversation });
}
