import { hex } from "../codec/hex.ts";
import { encode } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { applyAppDataUpdates } from "./app-data.ts";
import type { ProposalOrReference } from "./commit.ts";
import { type CommittedProposal, proposalsOfType, removedLeaves } from "./committed-proposal.ts";
import type { ValidationOptions } from "./handshake-options.ts";
import { writePreSharedKeyId } from "./pre-shared-key.ts";
import { type Proposal, proposalTypeOf } from "./proposal.ts";
import { isProposalSupported } from "./proposal-support.ts";
import { validateProposal } from "./proposal-validation.ts";
import type { PendingProposal, PublicGroup } from "./public-group.ts";
import { members } from "./ratchet-tree.ts";

/**
 * What a commit lists: the waiting proposals that can be committed together with the committer's own ones, and these
 * (RFC 9420 §12.2, §12.4). Of what waits it takes all that is still valid and does not stand against one another.
 * Where it does, whoever leaves by itself goes first (draft-ietf-mls-extensions §6.3), then the committer's own; a
 * removal goes before an update, and a later update before an earlier one. A reinitialization is taken only alone.
 *
 * @param committer - leaf index; `undefined` for an external commit
 */
export function listProposals(
  group: PublicGroup,
  own: readonly Proposal[],
  committer: number | undefined,
  options: ValidationOptions,
): ProposalOrReference[] {
  const waiting = group.pending.length === 0 ? [] : selectProposals(group, own, committer, options);
  const left = leavers(waiting);
  return [
    ...waiting.map(({ reference }) => ({ type: "reference", reference }) as const),
    ...without(own, left).map((proposal) => ({ type: "proposal", proposal }) as const),
  ];
}

function selectProposals(
  group: PublicGroup,
  own: readonly Proposal[],
  committer: number | undefined,
  options: ValidationOptions,
): PendingProposal[] {
  const valid = group.pending.filter(
    (waiting) =>
      isCommittable(waiting, committer) && isValid(() => validateProposal(group, waiting, options)),
  );
  const ofOwn = own.map((proposal): CommittedProposal => ({ proposal, sender: committer }));
  const removed = new Set(proposalsOfType([...ofOwn, ...valid], "remove").map(({ removed }) => removed));
  const others = valid.filter(
    ({ proposal }) =>
      proposal.type !== "reinit" && isProposalSupported(group, proposalTypeOf(proposal), removed),
  );
  if (own.length === 0 && others.length === 0) {
    return valid.filter(({ proposal }) => proposal.type === "reinit").slice(0, 1);
  }
  const taken = new Set(without(own, leavers(others)).flatMap((proposal) => subjectsOf(proposal, committer)));
  for (const client of clientsIn(group, new Set(removedLeaves([...ofOwn, ...others])))) taken.add(client);
  const ofType = (type: Proposal["type"]) => others.filter(({ proposal }) => proposal.type === type);
  const first: readonly Proposal["type"][] = ["self-remove", "remove", "update"];
  const ranked = [
    ...ofType("self-remove"),
    ...ofType("remove"),
    ...ofType("update").reverse(),
    ...others.filter(({ proposal }) => !first.includes(proposal.type)),
  ];
  const chosen = new Set<PendingProposal>();
  for (const waiting of ranked) {
    const subjects = subjectsOf(waiting.proposal, waiting.sender);
    if (subjects.some((subject) => taken.has(subject))) continue;
    for (const subject of subjects) taken.add(subject);
    chosen.add(waiting);
  }
  return withoutRefusedData(
    group,
    others.filter((waiting) => chosen.has(waiting)),
    ofOwn,
    options,
  );
}

/** Leaves out the updates of applications' data that cannot be applied together with all that come before them. */
function withoutRefusedData(
  { context }: PublicGroup,
  waiting: readonly PendingProposal[],
  own: readonly CommittedProposal[],
  { components }: ValidationOptions,
): PendingProposal[] {
  const fits = (list: readonly PendingProposal[]): boolean => {
    const all = [...list, ...own];
    const [replaced] = proposalsOfType(all, "group-context-extensions");
    return isValid(() => applyAppDataUpdates((replaced ?? context).extensions, all, components));
  };
  if (fits(waiting)) return [...waiting];
  const rest = waiting.filter(({ proposal }) => proposal.type !== "app-data-update");
  const chosen = new Set(rest);
  for (const update of waiting) {
    if (chosen.has(update)) continue;
    const tried = waiting.filter((one) => one === update || chosen.has(one));
    if (fits(tried)) chosen.add(update);
  }
  return waiting.filter((one) => chosen.has(one));
}

function leavers(waiting: readonly PendingProposal[]): ReadonlySet<number> {
  return new Set(
    waiting.flatMap(({ proposal, sender = [] }) => (proposal.type === "self-remove" ? sender : [])),
  );
}

/** Proposals without those to remove somebody who leaves anyway. */
function without(own: readonly Proposal[], left: ReadonlySet<number>): Proposal[] {
  return own.filter((proposal) => proposal.type !== "remove" || !left.has(proposal.removed));
}

function isCommittable({ proposal, sender }: PendingProposal, committer: number | undefined): boolean {
  if (proposal.type === "update" || proposal.type === "self-remove") return sender !== committer;
  return proposal.type !== "remove" || proposal.removed !== committer;
}

function isValid(judge: () => unknown): boolean {
  try {
    judge();
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
    case "self-remove":
      return [`leaf ${sender}`];
    case "remove":
      return [`leaf ${proposal.removed}`];
    case "pre-shared-key":
      return [`psk ${hex(encode(writePreSharedKeyId, proposal.psk))}`];
    case "app-data-update":
    case "app-ephemeral":
    case "custom":
      return [];
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
