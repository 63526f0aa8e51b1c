import type { CipherSuite } from "../crypto/suite.ts";
import type { CommittedProposal } from "./committed-proposal.ts";
import type { GroupContext } from "./group-context.ts";
import type { LeafNode } from "./leaf-node.ts";
import type { Proposal, ReInit } from "./proposal.ts";
import type { RatchetTree } from "./ratchet-tree.ts";

/** A proposal that was sent in this epoch and that a commit may name by reference. */
export interface PendingProposal {
  /** ProposalRef (RFC 9420 §5.2). */
  readonly reference: Uint8Array;
  readonly proposal: Proposal;
  /** The leaf of the member who sent it, or `undefined` where it came from outside of the group. */
  readonly sender: number | undefined;
}

/**
 * What everybody who follows the handshakes of a group knows of it, without any of its secrets: enough to judge
 * proposals and commits. Immutable. A relay holds one of these; members hold a {@link Group}, which is one as well.
 */
export interface PublicGroup {
  readonly suite: CipherSuite;
  /** Counts commits, from 0 on; the same as in {@link context}. */
  readonly epoch: bigint;
  /** Group id, tree hash, confirmed transcript hash and extensions (RFC 9420 §8.1). */
  readonly context: GroupContext;
  readonly tree: RatchetTree;
  /** Of the commit that began this epoch (RFC 9420 §6.1). */
  readonly confirmationTag: Uint8Array;
  /** RFC 9420 §8.2. */
  readonly interimTranscriptHash: Uint8Array;
  /** In the order they came. */
  readonly pending: readonly PendingProposal[];
  /** Set once a reinitialization was committed: the group takes no more messages then. */
  readonly reInit: ReInit | undefined;
}

/** A member as the tree holds it. */
export interface GroupMember {
  readonly leafIndex: number;
  readonly leafNode: LeafNode;
}

/** What a commit did to the members. */
export interface CommitChanges {
  /** New members in the order of the commit, at their new leaves. */
  readonly added: readonly GroupMember[];
  /** Former members at the leaves they had. */
  readonly removed: readonly GroupMember[];
  /** Members whose leaf was replaced, the committer among them where the commit has a path; with the new leaf. */
  readonly updated: readonly GroupMember[];
  /** Whether the member who processed the commit is among the removed; always false for a public group. */
  readonly selfRemoved: boolean;
  /** All that the commit covers, in its order: data for components and custom proposals are the application's to use. */
  readonly proposals: readonly CommittedProposal[];
}
