import { rejoinIntent } from "./rejoin.ts";
import type { ConversationState } from "./state.ts";
import type { Step } from "./step.ts";

/** Whether nothing may be encrypted until a commit has brought fresh keys, our own or another's. */
export function needsFreshKeys(state: Pick<ConversationState, "intents" | "pruned">): boolean {
  return state.pruned.inEpoch > 0 || rejoinIntent(state) !== undefined;
}

/** Asks for fresh keys: those of the epoch may have been used in a way that this device does not know of. */
export function requestFreshKeys(step: Step): void {
  step.update({ leafUpdate: { dueAt: 0, isUsed: true } });
}

/** Every commit brings fresh keys, whoever has made it. */
export function haveFreshKeys(step: Step): void {
  step.update({ pruned: { ...step.state.pruned, inEpoch: 0 } });
}
