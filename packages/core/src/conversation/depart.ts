import type { ErrorCode } from "../error.ts";
import type { Group } from "../mls/group-state.ts";
import { pendingProposals } from "../mls/group-view.ts";
import { retiredSecrets } from "../mls/retired-secrets.ts";
import { presentMembers } from "./members.ts";
import type { Step } from "./step.ts";
import { giveUp } from "./submit.ts";

/** Leaves that are to be removed by the next commit, which only others can make (RFC 9420 §12.2). */
export function leavingLeaves(group: Group): Set<number> {
  return new Set(pendingProposals(group).flatMap((p) => (p.type === "remove" ? [p.removed] : [])));
}

/**
 * An intent will never come true. Who was about to leave stays then and can speak again, unless the others have been asked
 * to remove this device already.
 */
export function failIntent(step: Step, number: number, code: ErrorCode): void {
  const isLeave = step.state.intents.some((intent) => intent.number === number && intent.type === "leave");
  step.endIntent(number, code);
  const { phase, group } = step.state;
  const isAsked = group !== undefined && leavingLeaves(group).has(group.ownLeaf);
  if (isLeave && phase === "leaving" && !isAsked) step.enter("active");
}

/** Goes where all have asked to leave: there is nobody to commit it. */
export function departWithAll(step: Step): void {
  const { group } = step.state;
  if (group === undefined) return;
  const leaving = leavingLeaves(group);
  if (presentMembers(step.state).every(({ leaf }) => leaving.has(leaf))) depart(step);
}

/** This device is out: nothing more can be said, what waits is given up, and the group's secrets go. */
export function depart(step: Step): void {
  const { group, staged, intents, outgoing } = step.state;
  for (const old of [group, staged?.next]) if (old !== undefined) step.consumed.push(...retiredSecrets(old));
  step.update({ group: undefined, staged: undefined });
  for (const { number, type } of intents)
    step.endIntent(number, type === "leave" ? undefined : "not-a-member");
  for (const { number } of outgoing) giveUp(step, number, "not-a-member");
  step.enter("left");
}
