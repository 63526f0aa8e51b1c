import { type CommittedProposal, proposalsOfType, removedLeaves } from "./committed-proposal.ts";
import type { Extension } from "./extension.ts";
import type { PreSharedKeyId } from "./pre-shared-key.ts";
import type { ReInit } from "./proposal.ts";
import type { GroupMember, PublicGroup } from "./public-group.ts";
import { addLeaf, leafAt, type RatchetTree, removeLeaf, updateLeaf } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";

/** What the proposals of a commit make of a group, before the path of the commit (RFC 9420 §12.3). */
export interface AppliedProposals {
  readonly tree: RatchetTree;
  readonly extensions: readonly Extension[];
  readonly added: readonly GroupMember[];
  /** At the leaves they had. */
  readonly removed: readonly GroupMember[];
  /** With their new leaves. */
  readonly updated: readonly GroupMember[];
  readonly psks: readonly PreSharedKeyId[];
  /** The KEM output of an external init. */
  readonly externalInit: Uint8Array | undefined;
  readonly reInit: ReInit | undefined;
}

/** Applies proposals whose list was checked, in the order of RFC 9420 §12.3. Throws `mls-proposal-remove-blank`. */
export function applyProposals(
  group: PublicGroup,
  proposals: readonly CommittedProposal[],
): AppliedProposals {
  let tree = group.tree;
  const updated: GroupMember[] = [];
  for (const { leafNode, sender: leafIndex } of proposalsOfType(proposals, "update")) {
    if (leafIndex === undefined) throw refusal("mls-proposal-update-sender");
    tree = updateLeaf(tree, leafIndex, leafNode);
    updated.push({ leafIndex, leafNode });
  }
  const removed: GroupMember[] = [];
  for (const leafIndex of removedLeaves(proposals)) {
    const leafNode = leafAt(tree, leafIndex);
    if (leafNode === undefined) throw refusal("mls-proposal-remove-blank");
    tree = removeLeaf(tree, leafIndex);
    removed.push({ leafIndex, leafNode });
  }
  const added: GroupMember[] = [];
  for (const { keyPackage } of proposalsOfType(proposals, "add")) {
    const { leafNode } = keyPackage;
    const grown = addLeaf(tree, leafNode);
    tree = grown.tree;
    added.push({ leafIndex: grown.leafIndex, leafNode });
  }
  return {
    tree,
    extensions:
      proposalsOfType(proposals, "group-context-extensions")[0]?.extensions ?? group.context.extensions,
    added,
    removed,
    updated,
    psks: proposalsOfType(proposals, "pre-shared-key").map(({ psk }) => psk),
    externalInit: proposalsOfType(proposals, "external-init")[0]?.kemOutput,
    reInit: proposalsOfType(proposals, "reinit")[0]?.reInit,
  };
}
