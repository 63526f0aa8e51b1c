import { createProposal } from "../mls/create-proposal.ts";
import type { Group } from "../mls/group-state.ts";
import { pendingProposals } from "../mls/group-view.ts";
import { decodeKeyPackage } from "../mls/key-package.ts";
import type { Proposal } from "../mls/proposal.ts";
import { type StagedCommit, stageCommit } from "../mls/stage-commit.ts";
import { depart, failIntent, leavingLeaves } from "./depart.ts";
import { subjectExtension } from "./group-data.ts";
import { handshakeRules } from "./handshake-rules.ts";
import { fullName } from "./identity.ts";
import { hasNewerCredential, isLeafExpired, isStagedOver } from "./leaf-credential.ts";
import { presentMembers } from "./members.ts";
import { problemCode } from "./problem-code.ts";
import { reInitFor } from "./reinitialize.ts";
import { rejoinIntent } from "./rejoin.ts";
import { mayChangeExtensions, nameServices, placeIn } from "./revocation-services.ts";
import type { Intent } from "./state.ts";
import type { Step } from "./step.ts";
import { submissionOf } from "./submit.ts";

/**
 * Turns the first intent into a handshake for the live epoch, where none is staged yet. The live group stays as it is:
 * the handshake counts when the log holds it. Intents that have become pointless end; those that break a rule fail.
 */
export function stageNextIntent(step: Step): void {
  // The log is drained, and it is not there: it is made anew, with the credential that there is now.
  if (isStagedOver(step.state, step.tools)) step.update({ staged: undefined });
  // Nobody would take a commit of this device.
  if (isLeafExpired(step.state, step.tools) && !hasNewerCredential(step.state, step.tools)) return;
  while (step.state.staged === undefined && step.state.group !== undefined) {
    const intent = step.state.intents[0];
    if (intent === undefined || intent.type === "open") return;
    if (["halted", "frozen", "moved"].includes(step.state.phase)) return;
    // It takes what only the relay has, and comes before everything else.
    if (rejoinIntent(step.state) !== undefined) return;
    try {
      if (!stageIntent(step, intent, step.state.group)) return;
    } catch (error) {
      failIntent(step, intent.number, problemCode(error));
    }
  }
}

/** Adds the intent to commit what others have proposed, unless it is there. */
export function requestProposalCommit(step: Step): void {
  if (step.state.phase !== "active" || step.state.intents.some(({ type }) => type === "commit-proposals"))
    return;
  step.addIntent({ number: step.takeNumber(), type: "commit-proposals" });
}

/** Returns whether to look again: something was staged or the intent has ended. */
function stageIntent(step: Step, intent: Intent, group: Group): boolean {
  if (intent.type === "leave") return stageLeave(step, intent, group);
  // Whoever is to be removed cannot commit: every commit from now on has to remove them.
  if (leavingLeaves(group).has(group.ownLeaf)) return false;
  if (intent.type === "reinit" && pendingProposals(group).length > 0) return stageProposalsFirst(step, group);
  const wanted = proposalsFor(step, intent);
  const isNeeded =
    intent.type === "update" || (intent.type === "commit-proposals" && pendingProposals(group).length > 0);
  if (wanted.length === 0 && !isNeeded) {
    step.endIntent(intent.number);
    return true;
  }
  const proposals = intent.type === "reinit" ? wanted : [...wanted, ...namingServices(step, group, wanted)];
  const { credential } = step.tools;
  const staged = stageCommit(group, {
    proposals,
    leaf: hasNewerCredential(step.state, step.tools) ? { credential } : undefined,
    groupInfoExtensions: [subjectExtension(step.state.subject)],
    externalGroupInfo: true,
    ...handshakeRules(step.tools.authority, step.tools.relayNow),
    random: step.tools.random,
  });
  putStaged(step, intent.number, group.epoch, staged);
  return true;
}

/** Every commit names the revocation services of those who are members then, where that is allowed. */
function namingServices(step: Step, group: Group, wanted: readonly Proposal[]): Proposal[] {
  const { state, tools } = step;
  const added = wanted.flatMap((proposal) =>
    proposal.type === "add" ? (tools.authority.identify(proposal.keyPackage.leafNode.credential) ?? []) : [],
  );
  const persons = [...presentMembers(state), ...added].map(({ person }) => person);
  const extensions = nameServices(placeIn(group), tools, persons);
  if (extensions === undefined) return [];
  // What is wanted besides does not fail for it.
  const change = { group, extensions, sender: group.ownLeaf, isReInit: false };
  const isAllowed = mayChangeExtensions(tools.authority, change, tools.relayNow);
  return isAllowed ? [{ type: "group-context-extensions", extensions }] : [];
}

/** No reinitialization comes together with other proposals (RFC 9420 §12.2). */
function stageProposalsFirst(step: Step, group: Group): boolean {
  requestProposalCommit(step);
  const first = step.state.intents.find(({ type }) => type === "commit-proposals");
  return first !== undefined && stageIntent(step, first, group);
}

/** Keeps a commit that was made for an intent, to be handed over. */
function putStaged(step: Step, intent: number, epoch: bigint, staged: StagedCommit): void {
  step.update({
    staged: {
      intent,
      kind: "commit",
      submission: submissionOf(step, epoch, staged.commit),
      welcome: staged.welcome,
      groupInfo: staged.groupInfo,
      next: staged.next,
      added: staged.changes.added.map((leaf) => leaf.leafIndex),
      removed: staged.changes.removed.map((leaf) => leaf.leafIndex),
      isAddedAnew: false,
    },
  });
}

function proposalsFor(step: Step, intent: Exclude<Intent, { type: "leave" }>): Proposal[] {
  if (intent.type === "reinit") return [{ type: "reinit", reInit: reInitFor(step, intent) }];
  const present = presentMembers(step.state);
  if (intent.type === "add") {
    const names = new Set(present.map(fullName));
    const packages = intent.keyPackages.map(decodeKeyPackage);
    return packages.flatMap((keyPackage): Proposal[] => {
      const name = step.tools.authority.identify(keyPackage.leafNode.credential);
      const isNew = name === undefined || !names.has(fullName(name));
      return isNew ? [{ type: "add", keyPackage }] : [];
    });
  }
  if (intent.type === "remove") {
    const gone = new Set(intent.persons);
    return present
      .filter((m) => gone.has(m.person))
      .map(({ leaf }): Proposal => ({ type: "remove", removed: leaf }));
  }
  return [];
}

/**
 * Nobody can commit their own removal (RFC 9420 §12.2), so leaving proposes it, one device of the person at a time, and
 * another member commits. This device comes last: whatever is committed in between, it is there to ask for what is left.
 * Whose device is alone just goes.
 */
function stageLeave(step: Step, intent: Intent, group: Group): boolean {
  const { self } = step.state;
  if (presentMembers(step.state).every(({ leaf }) => leaf === group.ownLeaf)) {
    depart(step);
    return false;
  }
  step.enter("leaving");
  const proposed = leavingLeaves(group);
  const own = presentMembers(step.state).filter(
    ({ person, leaf }) => person === self.person && !proposed.has(leaf),
  );
  const next = own.find(({ leaf }) => leaf !== group.ownLeaf) ?? own[0];
  // What is left is to wait for somebody's commit.
  if (next === undefined) return false;
  const { message } = createProposal(group, { type: "remove", removed: next.leaf });
  step.update({
    staged: {
      intent: intent.number,
      kind: "proposal",
      submission: submissionOf(step, group.epoch, message),
      welcome: undefined,
      groupInfo: undefined,
      next: undefined,
      added: [],
      removed: [],
      isAddedAnew: false,
    },
  });
  return true;
}
