import { hex } from "../codec/hex.ts";
import { encode } from "../codec/writer.ts";
import { type CommittedProposal, proposalsOfType } from "./committed-proposal.ts";
import { writePreSharedKeyId } from "./pre-shared-key.ts";
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
  for (const { proposal } of proposals) {
    const { type } = proposal;
    if (type !== "external-init" && type !== "remove" && type !== "pre-shared-key") {
      throw refusal("mls-external-commit-proposal");
    }
  }
  if (proposalsOfType(proposals, "external-init").length !== 1) throw refusal("mls-external-commit-init");
  if (proposalsOfType(proposals, "remove").length > 1) throw refusal("mls-external-commit-remove");
  checkPreSharedKeys(proposals);
}

/** Types of proposals that change the group such that the committer must bring fresh keys (RFC 9420 §12.4). */
export function requiresPath(proposals: readonly CommittedProposal[]): boolean {
  const withoutPath = ["add", "pre-shared-key", "reinit"];
  return proposals.length === 0 || proposals.some(({ proposal }) => !withoutPath.includes(proposal.type));
}

function checkChangedLeaves(proposals: readonly CommittedProposal[], committer: number): void {
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
  for (const { removed } of proposalsOfType(proposals, "remove")) {
    if (removed === committer) throw refusal("mls-proposal-remove-committer");
    change(removed);
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
