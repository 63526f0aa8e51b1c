import { sameBytes } from "../codec/bytes.ts";
import type { LogHead } from "../wire/entry.ts";
import { freeze } from "./freeze.ts";
import { report } from "./integrity.ts";
import { hashAt } from "./known-log.ts";
import { verifyHead } from "./log-entry.ts";
import type { LogPage } from "./log-page.ts";
import { numbered, recordName } from "./record-name.ts";
import type { ConversationState, Unverified } from "./state.ts";
import type { Step } from "./step.ts";

/** Whether a head, signed or not, names another history than the one at hand. */
export function contradicts({ log }: ConversationState, seq: number, hash: Uint8Array): boolean {
  const own = hashAt(log, seq);
  return own !== undefined && !sameBytes(own, hash);
}

/**
 * Judges what the relay says is the end of the log, when this device had asked for what comes after entry `after`. A
 * head that contradicts our log freezes the conversation.
 */
export function receiveHead(
  step: Step,
  head: LogHead,
  after: number,
): "same" | "forked" | "rolled-back" | "log-broken" {
  const { state } = step;
  if (!isSigned(step, head)) return "log-broken";
  if (contradicts(state, head.seq, head.entryHash)) {
    freeze(step, { seq: head.seq, other: { headers: [], head }, by: undefined });
    return "forked";
  }
  return head.seq < after ? "rolled-back" : "same";
}

/** Compares a head that somebody had seen with the stored page of its place; `undefined` where that is not there. */
export function verifySeen(step: Step, { place, by, head }: Unverified, page: LogPage | undefined): void {
  step.update({ unverified: step.state.unverified.filter((other) => other.place !== place) });
  step.remove(numbered(recordName.unverified, place));
  const next = page?.headers.find(({ seq }) => seq === head.seq + 1);
  const own = next?.previousHash ?? page?.head.entryHash;
  if (own === undefined || sameBytes(own, head.entryHash)) return;
  judgeOther(step, place, by, head);
}

/** Somebody has seen another history. Returns whether the relay has signed it; if not, its author made it up. */
export function judgeOther(step: Step, place: number, by: Unverified["by"], head: LogHead): boolean {
  const signed = isSigned(step, head);
  if (signed) freeze(step, { seq: head.seq, other: { headers: [], head }, by });
  else report(step, { what: "false-claim", seq: place, by });
  return signed;
}

function isSigned({ state, tools }: Step, head: LogHead): boolean {
  return sameBytes(head.conversation, state.id) && verifyHead(tools.logSuite, state.hub.logKey, head);
}
