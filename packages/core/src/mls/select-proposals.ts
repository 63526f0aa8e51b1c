import { hex } from "../codec/hex.ts";
import { encode } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import type { ValidationOptions } from "./handshake-options.ts";
import { writePreSharedKeyId } from "./pre-shared-key.ts";
import type { Proposal } from "./proposal.ts";
import { validateProposal } from "./proposal-validation.ts";
import type { PendingProposal, PublicGroup } from "./public-group.ts";
import { members } from "./ratchet-tree.ts";

/**
 * The waiting proposals that a member can commit together with its own ones (RFC 9420 §12.2, §12.4): all that are still
 * valid and do not stand against one another. Where they do, the committer's own come first, a removal goes before an
 * update, and a later update before an earlier one. A reinitialization is taken only alone.
 *
 * @param committer - leaf index
 */
export function selectProposals(
  group: PublicGroup,
  own: readonly Proposal[],
  committer: number,
  options: ValidationOptions,
): PendingProposal[] {
  if (group.pending.length === 0) return [];
  const valid = group.pending.filter(
    (waiting) => isCommittable(waiting, committer) && isValid(group, waiting, options),
  );
  const others = valid.filter(({ proposal }) => proposal.type !== "reinit");
  if (own.length === 0 && others.length === 0) return valid.slice(0, 1);

  const taken = new Set(own.flatMap((proposal) => subjectsOf(proposal, undefined)));
  const removed = [...own, ...others.map(({ proposal }) => proposal)].flatMap((proposal) =>
    proposal.type === "remove" ? [proposal.removed] : [],
  );
  for (const client of clientsIn(group, new Set(removed))) taken.add(client);
  const chosen = new Set<PendingProposal>();
  const ranked = [
    ...others.filter(({ proposal }) => proposal.type === "remove"),
    ...others.filter(({ proposal }) => proposal.type === "update").reverse(),
    ...others.filter(({ proposal }) => proposal.type !== "remove" && proposal.type !== "update"),
  ];
  for (const waiting of ranked) {
    const subjects = subjectsOf(waiting.proposal, waiting.sender);
    if (subjects.some((subject) => taken.has(subject))) continue;
    for (const subject of subjects) taken.add(subject);
    chosen.add(waiting);
  }
  return others.filter((waiting) => chosen.has(waiting));
}

function isCommittable({ proposal, sender }: PendingProposal, committer: number): boolean {
  if (proposal.type === "update") return sender !== committer;
  return proposal.type !== "remove" || proposal.removed !== committer;
}

function isValid(group: PublicGroup, waiting: PendingProposal, options: ValidationOptions): boolean {
  try {
    validateProposal(group, waiting, options);
    return true;
  } catch (error) {
    // What has become invalid, for instance by its lifetime, is not committed; anything else is a fault of ours.
    if (error instanceof ReadbackError) return false;
    throw error;
  }
}

/** What a proposal is about: of two proposals about the same thing a commit can cover but one. */
function subjectsOf(proposal: Proposal, sender: number | undefined): string[] {
  switch (proposal.type) {
    case "add":
      return [clientOf(proposal.keyPackage.leafNode.signatureKey)];
    case "update":
      return [`leaf ${sender}`];
    case "remove":
      return [`leaf ${proposal.removed}`];
    case "pre-shared-key":
      return [`psk ${hex(encode(writePreSharedKeyId, proposal.psk))}`];
    default:
      return [proposal.type];
  }
}

/** The members who stay. */
function clientsIn(group: PublicGroup, removed: ReadonlySet<number>): string[] {
  return members(group.tree).flatMap(([leafIndex, leaf]) =>
    removed.has(leafIndex) ? [] : [clientOf(leaf.signatureKey)],
  );
}

function clientOf(signatureKey: Uint8Array): string {
  return `client ${hex(signatureKey)}`;
}
