import { hex } from "../codec/hex.ts";
import type { ProposalOrReference } from "./commit.ts";
import type { Sender } from "./framing.ts";
import type { Proposal } from "./proposal.ts";
import type { PublicGroup } from "./public-group.ts";
import { refusal } from "./rule.ts";

/** A proposal that a commit covers, with the one who proposed it. */
export interface CommittedProposal {
  readonly proposal: Proposal;
  /** The leaf of a member; `undefined` for proposals from outside of the group and those of an external commit. */
  readonly sender: number | undefined;
}

/**
 * The proposals that a commit covers, in its order (RFC 9420 §12.4). Throws `mls-proposal-unknown` where it refers to
 * one that was not received in this epoch, `mls-proposal-duplicate`, `mls-external-commit-reference`, or
 * `mls-proposal-self-remove-value`.
 */
export function resolveProposals(
  group: PublicGroup,
  listed: readonly ProposalOrReference[],
  sender: Sender,
): CommittedProposal[] {
  const pending = new Map(group.pending.map((one) => [hex(one.reference), one]));
  const used = new Set<string>();
  const committer = sender.type === "member" ? sender.leafIndex : undefined;
  return listed.map((item): CommittedProposal => {
    if (item.type === "proposal") {
      if (item.proposal.type === "self-remove") throw refusal("mls-proposal-self-remove-value");
      return { proposal: item.proposal, sender: committer };
    }
    const name = hex(item.reference);
    const found = pending.get(name);
    if (found === undefined) throw refusal("mls-proposal-unknown");
    if (sender.type !== "member" && found.proposal.type !== "self-remove") {
      throw refusal("mls-external-commit-reference");
    }
    if (used.has(name)) throw refusal("mls-proposal-duplicate");
    used.add(name);
    return { proposal: found.proposal, sender: found.sender };
  });
}

/** The proposals of one type, in their order. */
export function proposalsOfType<T extends Proposal["type"]>(
  proposals: readonly CommittedProposal[],
  type: T,
): (Extract<Proposal, { type: T }> & { readonly sender: number | undefined })[] {
  return proposals.flatMap(({ proposal, sender }) =>
    proposal.type === type ? [{ ...(proposal as Extract<Proposal, { type: T }>), sender }] : [],
  );
}

/** The leaves that proposals remove: first those that leave by themselves (draft-ietf-mls-extensions §6.3). */
export function removedLeaves(proposals: readonly CommittedProposal[]): number[] {
  const left = proposalsOfType(proposals, "self-remove").flatMap(({ sender = [] }) => sender);
  return [...left, ...proposalsOfType(proposals, "remove").map(({ removed }) => removed)];
}
