import { retiredSecrets } from "../mls/retired-secrets.ts";
import type { Step } from "./step.ts";
import { giveUp } from "./submit.ts";

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
