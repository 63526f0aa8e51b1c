import { applyAppDataUpdates } from "./app-data.ts";
import { type AppliedProposals, applyProposals } from "./apply-proposals.ts";
import type { Commit, UpdatePath } from "./commit.ts";
import { type CommittedProposal, proposalsOfType, resolveProposals } from "./committed-proposal.ts";
import type { AuthenticatedContent, Sender } from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import { leafOptions, type ValidationOptions } from "./handshake-options.ts";
import type { LeafNode } from "./leaf-node.ts";
import { validateCredentialTypes, validateLeafNode, validateLeafSupport } from "./leaf-validation.ts";
import { checkExternalProposalList, checkProposalList, requiresPath } from "./proposal-list.ts";
import { checkProposalSupport } from "./proposal-support.ts";
import { validateProposal } from "./proposal-validation.ts";
import type { CommitChanges, GroupMember, PublicGroup } from "./public-group.ts";
import { leafAt, members, type RatchetTree, withRoom } from "./ratchet-tree.ts";
import { mergePath } from "./receive-path.ts";
import { refusal } from "./rule.ts";
import { confirmedTranscriptHash, interimTranscriptHash } from "./transcript.ts";
import { treeHashOf } from "./tree-hash.ts";
import { checkLeafKeys } from "./tree-key-check.ts";

/** What a commit makes of a group, as far as it can be judged without the group's secrets. */
export interface EvaluatedCommit {
  /** The leaf of the committer, in the new tree. */
  readonly committer: number;
  readonly applied: AppliedProposals;
  /** The tree with the proposals and the path. */
  readonly tree: RatchetTree;
  /** Leaves of those whom its proposals add: its path is not encrypted to them. */
  readonly addedLeaves: ReadonlySet<number>;
  readonly changes: CommitChanges;
  /** Of the new epoch, but with the old transcript: path secrets are bound to it (RFC 9420 §12.4.1). */
  readonly provisionalContext: GroupContext;
  /** Of the new epoch. */
  readonly context: GroupContext;
}

/**
 * Judges a commit of this epoch whose signature is valid (RFC 9420 §12.2, §12.3, §12.4.2) and works out the group after
 * it. Throws the code of the rule that it breaks.
 */
export function evaluateCommit(
  group: PublicGroup,
  authenticated: AuthenticatedContent,
  commit: Commit,
  options: ValidationOptions,
): EvaluatedCommit {
  const { sender } = authenticated.content;
  const proposals = resolveProposals(group, commit.proposals, sender);
  if (commit.path === undefined) {
    if (requiresPath(proposals)) throw refusal("mls-commit-path-missing");
    checkCommitter(group, sender, options);
  }
  const applied = applyCommitted(group, proposals, sender, options);
  const { tree, committer } =
    commit.path === undefined
      ? { tree: applied.tree, committer: memberLeafOf(sender) }
      : applyPath(group, proposals, applied, sender, commit.path, options);
  checkChangedLeaves(applied, tree, commit.path === undefined ? [] : [committer]);
  const leafNode = commit.path?.leafNode;
  return conclude(group, authenticated, { proposals, applied, tree, committer, leafNode });
}

/** Whoever brings no new leaf needs a credential that is good at the time, where one is given (RFC 9420 §5.3.1). */
function checkCommitter(
  { tree }: PublicGroup,
  sender: Sender,
  { credentials, now: at }: ValidationOptions,
): void {
  const leaf = sender.type === "member" ? leafAt(tree, sender.leafIndex) : undefined;
  if (leaf === undefined || at === undefined) return;
  const { credential, signatureKey: signaturePublicKey } = leaf;
  if (!credentials.isValid({ credential, signaturePublicKey, at })) throw refusal("mls-leaf-credential");
}

/** The leaf indices of those whom proposals add. */
export function addedLeavesOf({ added }: AppliedProposals): ReadonlySet<number> {
  return new Set(added.map(({ leafIndex }) => leafIndex));
}

/** Applies the proposals of a commit if they are valid; errors as of {@link evaluateCommit}. */
export function applyCommitted(
  group: PublicGroup,
  proposals: readonly CommittedProposal[],
  sender: Sender,
  options: ValidationOptions,
): AppliedProposals {
  if (sender.type === "member") checkProposalList(proposals, sender.leafIndex);
  else if (!options.acceptExternalCommits) throw refusal("mls-external-commit-refused");
  else {
    checkExternalProposalList(proposals);
    const replaces = proposalsOfType(proposals, "remove").length > 0;
    if (options.acceptExternalCommits === "resync" && !replaces) throw refusal("mls-external-commit-refused");
  }
  checkProposalSupport(group, proposals);
  for (const proposal of proposals) validateProposal(group, proposal, options);
  const replaced = applyProposals(group, proposals);
  const extensions = applyAppDataUpdates(replaced.extensions, proposals, options.components);
  const applied = { ...replaced, extensions };
  for (const { leafNode } of [...applied.added, ...applied.updated]) {
    validateLeafSupport(leafNode, applied.extensions);
  }
  // The data of applications alone asks for no more than before, but for the extension that holds it.
  if (replaced.extensions !== group.context.extensions || extensions.length > replaced.extensions.length) {
    checkSupportByAll(applied);
  }
  return applied;
}

/** Whether the leaves that a commit changes go with all others (RFC 9420 §7.3); `tree` is that after the commit. */
export function checkChangedLeaves(
  { added, updated }: AppliedProposals,
  tree: RatchetTree,
  others: readonly number[],
): void {
  const changed = [...[...added, ...updated].map(({ leafIndex }) => leafIndex), ...others];
  if (changed.length === 0) return;
  checkLeafKeys(tree, changed);
  validateCredentialTypes(tree);
}

/** The context of the next epoch before its commit has entered the transcript. */
export function provisionalContextOf(
  group: PublicGroup,
  { extensions }: AppliedProposals,
  tree: RatchetTree,
): GroupContext {
  const treeHash = treeHashOf(group.suite, tree);
  return { ...group.context, epoch: group.epoch + 1n, treeHash, extensions };
}

/** The public group of the epoch that a commit with this confirmation tag begins. */
export function groupAfter(
  group: PublicGroup,
  { tree, context, applied }: EvaluatedCommit,
  confirmationTag: Uint8Array,
): PublicGroup {
  const { suite } = group;
  return {
    suite,
    epoch: context.epoch,
    context,
    tree,
    confirmationTag,
    interimTranscriptHash: interimTranscriptHash(suite, context.confirmedTranscriptHash, confirmationTag),
    pending: [],
    reInit: applied.reInit,
  };
}

/** What is left to say once proposals and path are in the tree. */
export function conclude(
  group: PublicGroup,
  authenticated: AuthenticatedContent,
  parts: {
    readonly proposals: readonly CommittedProposal[];
    readonly applied: AppliedProposals;
    readonly tree: RatchetTree;
    readonly committer: number;
    /** From the path, where there is one. */
    readonly leafNode: LeafNode | undefined;
  },
): EvaluatedCommit {
  const { proposals, applied, tree, committer, leafNode } = parts;
  const provisionalContext = provisionalContextOf(group, applied, tree);
  const confirmedHash = confirmedTranscriptHash(group.suite, group.interimTranscriptHash, authenticated);
  const own: GroupMember[] = leafNode === undefined ? [] : [{ leafIndex: committer, leafNode }];
  const joins = authenticated.content.sender.type === "new-member-commit";
  return {
    committer,
    applied,
    tree,
    addedLeaves: addedLeavesOf(applied),
    changes: {
      added: joins ? own : applied.added,
      removed: applied.removed,
      updated: joins ? applied.updated : [...applied.updated, ...own],
      selfRemoved: false,
      proposals,
    },
    provisionalContext,
    context: { ...provisionalContext, confirmedTranscriptHash: confirmedHash },
  };
}

function applyPath(
  group: PublicGroup,
  proposals: readonly CommittedProposal[],
  applied: AppliedProposals,
  sender: Sender,
  path: UpdatePath,
  options: ValidationOptions,
): { tree: RatchetTree; committer: number } {
  const isMember = sender.type === "member";
  const { tree, leafIndex: committer } = isMember
    ? { tree: applied.tree, leafIndex: sender.leafIndex }
    : withRoom(applied.tree);
  const [former] = proposalsOfType(proposals, "remove");
  const place = isMember ? committer : former?.removed;
  const replaced = place === undefined ? undefined : leafAt(group.tree, place);
  // Anybody could put anybody out otherwise: an absent rule of succession cannot mean that all may follow all.
  if (!isMember && replaced !== undefined && options.credentials.isSuccessor === undefined) {
    throw refusal("mls-external-commit-remove");
  }
  const { leafNode } = path;
  validateLeafSupport(leafNode, applied.extensions);
  validateLeafNode(group.suite, leafNode, {
    ...leafOptions(options),
    source: "commit",
    place: { groupId: group.context.groupId, leafIndex: committer },
    ...(replaced === undefined ? {} : { replaced }),
  });
  return { tree: mergePath(group.suite, tree, committer, path, addedLeavesOf(applied)), committer };
}

/** Whether all members support new extensions of the group (RFC 9420 §12.1.7, §13.4). */
function checkSupportByAll({ tree, extensions }: AppliedProposals): void {
  for (const [, leaf] of members(tree)) {
    try {
      validateLeafSupport(leaf, extensions);
    } catch (cause) {
      throw refusal("mls-proposal-extensions-support", { cause });
    }
  }
}

function memberLeafOf(sender: Sender): number {
  // Commits of others always need a path: they hold an external init.
  if (sender.type !== "member") throw refusal("mls-sender-type");
  return sender.leafIndex;
}
