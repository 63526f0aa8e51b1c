import type { LogEntry } from "../wire/entry.ts";
import { requestFreshKeys } from "./fresh-keys.ts";
import { noteGap, noteMissed } from "./gap.ts";
import { report } from "./integrity.ts";
import { forgetCounters } from "./judge-content.ts";
import { maximumExceptions } from "./receipt-content.ts";
import { requestRejoin } from "./rejoin.ts";
import type { ConversationState } from "./state.ts";
import type { Step } from "./step.ts";

/** No relay prunes what is younger, in milliseconds by its own time: a payload that is missing was kept back. */
const youngest = 86_400_000;

/** How much further ahead than usual a message may be of the last one of its sender, however much was pruned. */
const mostAhead = 16_384;

/**
 * Passes over a message or a receipt whose payload the relay has pruned: this device was away for longer than that is
 * kept. Returns whether it begins a stretch of such entries.
 *
 * Any of them could be what this device has said itself, if its store is an old copy. So before it encrypts anything it
 * takes fresh keys, by a commit. Where more is gone than a receipt can except, it takes its place in the group anew:
 * then its receipts speak of what comes after only.
 */
export function passPruned(step: Step, entry: LogEntry): boolean {
  const { kind, seq, acceptedAt } = entry.header;
  const { pruned, log } = step.state;
  step.update({ pruned: { inEpoch: pruned.inEpoch + 1, last: seq } });
  if ((log.head?.signedAt ?? 0) - acceptedAt < youngest) report(step, { what: "withheld", seq });
  if (kind === "application") {
    // Whoever has said it counts it, and nobody knows who that was.
    forgetCounters(step);
    if (step.state.gaps.length < maximumExceptions) noteGap(step, entry, "pruned");
    else {
      noteMissed(step, entry);
      requestRejoin(step);
    }
  }
  requestFreshKeys(step);
  return pruned.last !== seq - 1;
}

/** How many generations a message may be further ahead than usual: each entry that was pruned may have been one. */
export function generationsPruned({ pruned }: ConversationState): number {
  return Math.min(pruned.inEpoch, mostAhead);
}
