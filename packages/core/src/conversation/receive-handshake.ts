import { sameBytes } from "../codec/bytes.ts";
import { ReadbackError } from "../error.ts";
import type { Group } from "../mls/group-state.ts";
import { receiveHandshake } from "../mls/receive-handshake.ts";
import { retiredSecrets } from "../mls/retired-secrets.ts";
import type { LogEntry } from "../wire/entry.ts";
import { depart, departWithAll } from "./depart.ts";
import { keepEpoch } from "./epoch-record.ts";
import { haveFreshKeys } from "./fresh-keys.ts";
import { closeGap } from "./gap.ts";
import { handshakeRules } from "./handshake-rules.ts";
import { forgetCounters } from "./judge-content.ts";
import { noteOwnCommit } from "./leaf-update.ts";
import { goneAt, memberAt, presentMembers } from "./members.ts";
import { problemCode } from "./problem-code.ts";
import { endGroup } from "./reinitialize.ts";
import { changesSince, rejoinIntent, requestRejoin } from "./rejoin.ts";
import type { Member } from "./state.ts";
import type { Step } from "./step.ts";

/**
 * Processes a commit in its place: ours is merged from what was staged, another's is applied. Either way everything
 * made for the old epoch is over: a staged handshake is dropped and its intent will be rebuilt.
 */
export function receiveCommit(step: Step, entry: LogEntry): void {
  const { staged, group: before } = step.state;
  const own =
    staged?.next !== undefined && sameBytes(staged.submission.payloadHash, entry.header.payloadHash);
  try {
    if (own && staged.next !== undefined) {
      const isRejoin = rejoinIntent(step.state)?.number === staged.intent;
      merge(step, entry, staged.next, isRejoin ? undefined : staged);
      step.endIntent(staged.intent);
      noteOwnCommit(step, before, entry.header.acceptedAt);
    } else {
      applyForeign(step, entry);
    }
    // Its keys take no message any more: the conversation goes on in the one that follows.
    endGroup(step);
  } catch (error) {
    step.emit({ type: "problem", seq: entry.header.seq, code: problemCode(error) });
    step.enter("halted");
    requestRejoin(step);
  }
}

function applyForeign(step: Step, entry: LogEntry): void {
  const received = receiveHandshake(groupOf(step), payloadOf(entry), {
    ...handshakeRules(step.tools.authority, entry.header.acceptedAt),
    acceptExternalCommits: "resync",
  });
  if (received.kind !== "commit")
    throw new ReadbackError("malformed", "An entry named a commit holds something else.");
  const { added, removed } = received.changes;
  merge(step, entry, received.group, { added: added.map(leafIndex), removed: removed.map(leafIndex) });
}

/**
 * Makes the group after a commit the live one. `next` is `undefined` where the commit removed this device, `leaves` where
 * it had lost its place and does not know what has happened meanwhile.
 */
function merge(
  step: Step,
  entry: LogEntry,
  next: Group | undefined,
  leaves: ChangedLeaves | undefined,
): void {
  const { seq } = entry.header;
  const { group: before } = step.state;
  const { added, removed } =
    leaves === undefined && next !== undefined
      ? changesSince(step, next, seq)
      : changesAt(step, next, seq, leaves ?? { added: [], removed: [] });
  // The epoch is over: its secrets go, and those of a staged commit that did not become the next one.
  const inUse = next === undefined ? [] : [next];
  for (const group of [step.state.group, step.state.staged?.next]) {
    if (group !== undefined && group !== next) step.consumed.push(...retiredSecrets(group, ...inUse));
  }
  haveFreshKeys(step);
  const kept = step.state.members.map((m) => (removed.includes(m) ? goneAt(step.state, m, seq) : m));
  step.update({ group: next, members: [...kept, ...added], staged: undefined });
  if (added.length > 0 || removed.length > 0) step.emit({ type: "members", added, removed });
  if (next === undefined) {
    depart(step);
    return;
  }
  // Of the epochs in between nothing is known, so nothing in the tree is known to be as before.
  keepEpoch(step, leaves === undefined ? undefined : before, next);
  if (leaves === undefined) {
    const { due, fork, phase } = step.state;
    // What this device held before is not for its new leaf to speak of, nor what it was about to say of that.
    step.update({ reported: due });
    for (const { seq: gap, reason } of step.state.gaps) if (reason !== "missed") closeGap(step, gap);
    for (const { kind, number } of step.state.outgoing) if (kind === "receipt") step.removeOutgoing(number);
    forgetCounters(step);
    // A place in the group ends what its loss has brought, and nothing else: neither a fork nor a wish to leave.
    if (phase === "halted") step.enter(fork === undefined ? "active" : "frozen");
  }
  if (step.state.phase === "creating") step.enter("active");
}

function changesAt(
  step: Step,
  next: Group | undefined,
  seq: number,
  leaves: ChangedLeaves,
): { added: Member[]; removed: Member[] } {
  const gone = new Set(leaves.removed);
  return {
    removed: presentMembers(step.state).filter(({ leaf }) => gone.has(leaf)),
    added:
      next === undefined ? [] : leaves.added.map((leaf) => memberAt(step.tools.authority, next, leaf, seq)),
  };
}

/** Processes a proposal in its place; it waits in the group for a commit. */
export function receiveProposal(step: Step, entry: LogEntry): void {
  const { staged } = step.state;
  const own =
    staged?.kind === "proposal" && sameBytes(staged.submission.payloadHash, entry.header.payloadHash);
  try {
    const received = receiveHandshake(
      groupOf(step),
      payloadOf(own ? { ...entry, payload: staged.submission.payload } : entry),
      handshakeRules(step.tools.authority, entry.header.acceptedAt),
    );
    if (received.kind !== "proposal")
      throw new ReadbackError("malformed", "An entry named a proposal holds something else.");
    // It would have to be committed before anything is said, by somebody who has not looked whether all can follow.
    if (received.proposal.type === "reinit")
      throw new ReadbackError("malformed", "A reinitialization is committed at once, and never waits.");
    step.update({ group: received.group });
    departWithAll(step);
  } catch (error) {
    step.emit({ type: "problem", seq: entry.header.seq, code: problemCode(error) });
  }
  if (own) step.update({ staged: undefined });
}

/** The leaf indexes that a commit removes and adds. */
interface ChangedLeaves {
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

function leafIndex(leaf: { readonly leafIndex: number }): number {
  return leaf.leafIndex;
}

function groupOf(step: Step): Group {
  const { group } = step.state;
  if (group === undefined)
    throw new ReadbackError("not-a-member", "This device is no member of the conversation.");
  return group;
}

function payloadOf(entry: LogEntry): Uint8Array {
  if (entry.payload === undefined) throw new ReadbackError("malformed", "A log entry has lost its payload.");
  return entry.payload;
}
