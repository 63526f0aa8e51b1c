import { sameBytes } from "../codec/bytes.ts";
import { ReadbackError } from "../error.ts";
import { leafAt } from "../mls/group-view.ts";
import type { LogEntry } from "../wire/entry.ts";
import { type CommitFault, decodeCommitFault, verifyCommitFault } from "./commit-fault.ts";
import { isSameDevice } from "./identity.ts";
import { report } from "./integrity.ts";
import { hashAt } from "./known-log.ts";
import { presentMembers } from "./members.ts";
import { problemCode } from "./problem-code.ts";
import type { Step } from "./step.ts";

/**
 * Tells of a member's device that cannot process a commit. Nothing else follows from it: an epoch that some have entered is
 * never taken back, whoever asks for it.
 */
export function receiveCommitFault(step: Step, { header, payload }: LogEntry): void {
  // Our own comes back without a payload.
  if (payload === undefined) return;
  try {
    const fault = decodeCommitFault(payload);
    checkFault(step, fault, header.seq);
    report(step, { what: "commit-refused", seq: fault.seq, by: fault.device });
  } catch (error) {
    step.emit({ type: "problem", seq: header.seq, code: problemCode(error) });
  }
}

function checkFault({ state }: Step, fault: CommitFault, place: number): void {
  const { group, log, id } = state;
  const member = presentMembers(state).find((one) => isSameDevice(one, fault.device));
  const key = group && member && leafAt(group, member.leaf)?.signatureKey;
  if (group === undefined || key === undefined)
    throw new ReadbackError("not-a-member", "Somebody who is no member cannot process a commit.");
  const own = hashAt(log, fault.seq);
  const isOfThisLog =
    sameBytes(fault.conversation, id) &&
    fault.seq < place &&
    (own === undefined || sameBytes(own, fault.entryHash));
  if (!isOfThisLog || !verifyCommitFault(group.suite, key, fault))
    throw new ReadbackError("malformed", "What a device says of a commit is not of this log, or not signed.");
}
