import type { Group } from "./group-state.ts";
import type { Proposal } from "./proposal.ts";
import type { CommitChanges, PublicGroup } from "./public-group.ts";

/** A proposal that was taken: it waits for a commit of this epoch. */
export interface ReceivedProposal<G extends PublicGroup> {
  readonly kind: "proposal";
  readonly group: G;
  readonly proposal: Proposal;
  /** ProposalRef. */
  readonly reference: Uint8Array;
  /** The leaf of the member who sent it, or `undefined` where it came from outside of the group. */
  readonly sender: number | undefined;
}

/** A commit that was applied to a public group. */
export interface ReceivedPublicCommit {
  readonly kind: "commit";
  readonly group: PublicGroup;
  readonly changes: CommitChanges;
  /** The leaf of the committer, in the tree after the commit. */
  readonly sender: number;
}

/** A commit that was applied by a member. */
export interface ReceivedCommit {
  readonly kind: "commit";
  /** The group after the commit; `undefined` where it removed this member, who can follow no further. */
  readonly group: Group | undefined;
  readonly changes: CommitChanges;
  /** The leaf of the committer, in the tree after the commit. */
  readonly sender: number;
}
