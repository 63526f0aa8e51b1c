import { encodeFork, encodeUnverified } from "./fork-record.ts";
import { report } from "./integrity.ts";
import { joinedAt } from "./members.ts";
import { numbered, recordName } from "./record-name.ts";
import type { Fork, Unverified } from "./state.ts";
import type { Step } from "./step.ts";

/**
 * Takes note that the relay has signed two histories: nothing is sent from now on, since nobody knows to whom it would
 * be shown. What waits stays queued, and a change of members that was handed over may still come true.
 */
export function freeze(step: Step, found: Omit<Fork, "at">): void {
  const { state, tools } = step;
  if (state.fork !== undefined || state.phase === "left") return;
  const fork = { ...found, at: tools.now };
  step.update({ fork });
  step.put(recordName.fork, encodeFork(fork));
  for (const { number } of state.intents) {
    if (number !== state.staged?.intent) step.endIntent(number, "log-forked");
  }
  step.enter("frozen");
  report(step, { what: "forked", seq: fork.seq, ...(fork.by && { by: fork.by }) });
}

/** Keeps a head that somebody had seen until it can be compared with the stored log. */
export function postpone(step: Step, unverified: Unverified): void {
  if (unverified.head.seq < joinedAt(step.state)) return;
  step.update({ unverified: [...step.state.unverified, unverified] });
  step.put(numbered(recordName.unverified, unverified.place), encodeUnverified(unverified));
}
