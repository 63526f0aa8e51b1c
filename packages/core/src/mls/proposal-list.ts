import { hex } from "../codec/hex.ts";
import { encode } from "../codec/writer.ts";
import { type CommittedProposal, proposalsOfType, removedLeaves } from "./committed-proposal.ts";
import { writePreSharedKeyId } from "./pre-shared-key.ts";
import type { Proposal } from "./proposal.ts";
import { refusal } from "./rule.ts";

/**
 * Whether the proposals of a member's commit may stand together (RFC 9420 §12.2). Whether each is valid by itself is
 * for `proposal-validation.ts` to say; whether the leaves fit the group shows once all are applied.
 *
 * @param committer - leaf index
 */
export function checkProposalList(proposals: readonly CommittedProposal[], committer: number): void {
  const reInits = proposalsOfType(proposals, "reinit");
  if (reInits.length > 0 && proposals.length > 1) throw refusal("mls-proposal-reinit-alone");
  if (proposalsOfType(proposals, "external-init").length > 0) throw refusal("mls-proposal-external-init");
  if (proposalsOfType(proposals, "group-context-extensions").length > 1) {
    throw refusal("mls-proposal-extensions-twice");
  }
  checkChangedLeaves(proposals, committer);
  checkAdds(proposals);
  checkPreSharedKeys(proposals);
}

/**
 * Whether the proposals of an external commit may stand together (RFC 9420 §12.2).
 * Whether the removed leaf is the sender's own is judged with the path.
 */
export function checkExternalProposalList(proposals: readonly CommittedProposal[]): void {
  if (!proposals.every(({ proposal }) => externalCommitTypes.includes(proposal.type))) {
    throw refusal("mls-external-commit-proposal");
  }
  if (proposalsOfType(proposals, "external-init").length !== 1) throw refusal("mls-external-commit-init");
  if (proposalsOfType(proposals, "remove").length > 1) throw refusal("mls-external-commit-remove");
  checkChangedLeaves(proposals, undefined);
  checkPreSharedKeys(proposals);
}

/** Types of proposals that change the group such that the committer must bring fresh keys (RFC 9420 §12.4). */
export function requiresPath(proposals: readonly CommittedProposal[]): boolean {
  return (
    proposals.length === 0 || proposals.some(({ proposal }) => !typesWithoutPath.includes(proposal.type))
  );
}

const typesWithoutPath: readonly Proposal["type"][] = [
  "add",
  "pre-shared-key",
  "reinit",
  "app-data-update",
  "app-ephemeral",
];

const externalCommitTypes: readonly Proposal["type"][] = [
  "external-init",
  "remove",
  "pre-shared-key",
  "self-remove",
  "app-data-update",
  "app-ephemeral",
];

function checkChangedLeaves(proposals: readonly CommittedProposal[], committer: number | undefined): void {
  const changed = new Set<number>();
  const change = (leafIndex: number): void => {
    if (changed.has(leafIndex)) throw refusal("mls-proposal-same-leaf");
    changed.add(leafIndex);
  };
  for (const { sender } of proposalsOfType(proposals, "update")) {
    if (sender === undefined) throw refusal("mls-proposal-update-sender");
    if (sender === committer) throw refusal("mls-proposal-update-own");
    change(sender);
  }
  for (const leafIndex of removedLeaves(proposals)) {
    if (leafIndex === committer) throw refusal("mls-proposal-remove-committer");
    change(leafIndex);
  }
}

/** One client must not be added twice; whether it is a member already shows once all proposals are applied. */
function checkAdds(proposals: readonly CommittedProposal[]): void {
  const clients = new Set<string>();
  for (const { keyPackage } of proposalsOfType(proposals, "add")) {
    const client = hex(keyPackage.leafNode.signatureKey);
    if (clients.has(client)) throw refusal("mls-proposal-add-same-client");
    clients.add(client);
  }
}

function checkPreSharedKeys(proposals: readonly CommittedProposal[]): void {
  const names = new Set<string>();
  for (const { psk } of proposalsOfType(proposals, "pre-shared-key")) {
    const name = hex(encode(writePreSharedKeyId, psk));
    if (names.has(name)) throw refusal("mls-proposal-psk-duplicate");
    names.add(name);
  }
}
