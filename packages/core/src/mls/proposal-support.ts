import { isDefaultProposal, supportsProposal } from "./capabilities.ts";
import { type CommittedProposal, removedLeaves } from "./committed-proposal.ts";
import { proposalTypeOf } from "./proposal.ts";
import type { PublicGroup } from "./public-group.ts";
import { members } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";

/** Whether all members support a type of proposal, but for those at `removed` (RFC 9420 §12.2). */
export function isProposalSupported(
  group: PublicGroup,
  type: number,
  removed: ReadonlySet<number> = new Set(),
): boolean {
  return (
    isDefaultProposal(type) ||
    members(group.tree).every(
      ([leafIndex, leaf]) => removed.has(leafIndex) || supportsProposal(leaf.capabilities, type),
    )
  );
}

/** Throws `mls-proposal-support` unless all who will process a commit support the types of its proposals. */
export function checkProposalSupport(group: PublicGroup, proposals: readonly CommittedProposal[]): void {
  const types = new Set(proposals.map(({ proposal }) => proposalTypeOf(proposal)));
  const removed = new Set(removedLeaves(proposals));
  for (const type of types) {
    if (!isProposalSupported(group, type, removed)) throw refusal("mls-proposal-support");
  }
}
