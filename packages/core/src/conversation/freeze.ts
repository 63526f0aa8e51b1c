import { encodeFork, encodeUnverified } from "./fork-record.ts";
import { report } from "./integrity.ts";
import { joinedAt } from "./members.ts";
import { numbered, recordName } from "./record-name.ts";
import type { Fork, Unverified } from "./state.ts";
import type { Step } from "./step.ts";

/**
 * Takes note that the relay has signed two histories: nothing but the proof is sent from now on, since nobody knows to
 * whom it would be shown. What waits stays queued, and a change of members that was handed over may still come true.
 *
 * @param isPassed - whether the other members of this history have the proof
 */
export function freeze(step: Step, found: Omit<Fork, "at" | "isPassed">, isPassed = false): void {
  const { state, tools } = step;
  if (state.fork !== undefined || state.phase === "left") return;
  const fork = { ...found, at: tools.now, isPassed };
  putFork(step, fork);
  for (const { number } of state.intents) {
    if (number !== state.staged?.intent) step.endIntent(number, "log-forked");
  }
  step.enter("frozen");
  report(step, { what: "forked", seq: fork.seq, ...(fork.by && { by: fork.by }) });
}

/** Keeps what is known of a fork. */
export function putFork(step: Step, fork: Fork): void {
  step.update({ fork });
  step.put(recordName.fork, encodeFork(fork));
}

/** Keeps a head that somebody had seen until it can be compared with the stored log. */
export function postpone(step: Step, unverified: Unverified): void {
  if (unverified.head.seq < joinedAt(step.state)) return;
  step.update({ unverified: [...step.state.unverified, unverified] });
  step.put(numbered(recordName.unverified, unverified.place), encodeUnverified(unverified));
}
