import { sameBytes } from "../codec/bytes.ts";
import { encode } from "../codec/writer.ts";
import { proposalReference } from "../crypto/labels.ts";
import { ReadbackError } from "../error.ts";
import { checkContentSignature, checkPlace, externalSender } from "./authenticate.ts";
import { evaluateCommit, groupAfter } from "./evaluate-commit.ts";
import { type AuthenticatedContent, writeAuthenticatedContent } from "./framing.ts";
import type { ValidationOptions } from "./handshake-options.ts";
import type { ReceivedProposal, ReceivedPublicCommit } from "./handshake-result.ts";
import { mostPendingProposals } from "./limits.ts";
import { decodeMessage, type PublicMessage } from "./message.ts";
import type { Proposal } from "./proposal.ts";
import { validateProposal } from "./proposal-validation.ts";
import type { PublicGroup } from "./public-group.ts";
import { refusal } from "./rule.ts";

/**
 * Judges a proposal or a commit without the secrets of the group and works out the group after it. Members come to the
 * same verdict but for what only they can tell: whether tags and encrypted path secrets are right. What is refused
 * changes nothing and throws the code of the rule that it breaks, `malformed` or `too-large`.
 *
 * @param message - MLSMessage (PublicMessage)
 */
export function applyPublicHandshake(
  group: PublicGroup,
  message: Uint8Array,
  options: ValidationOptions,
): ReceivedProposal<PublicGroup> | ReceivedPublicCommit {
  const decoded = decodeMessage(message);
  if (decoded.type !== "public-message") throw refusal("mls-wire-format");
  const authenticated = checkPublicMessage(group, decoded.publicMessage);
  checkContentSignature(group, authenticated);
  const { content } = authenticated.content;
  if (content.type === "proposal") return takeProposal(group, authenticated, content.proposal, options);
  // checkPublicMessage lets nothing else pass.
  if (content.type !== "commit") throw refusal("mls-application-public");
  const evaluated = evaluateCommit(group, authenticated, content.commit, options);
  const tag = confirmationTagOfCommit(group, authenticated);
  const { changes, committer } = evaluated;
  return { kind: "commit", group: groupAfter(group, evaluated, tag), changes, sender: committer };
}

/**
 * What can be said of a public message before its signature is verified. Throws as `checkPlace` does,
 * `mls-application-public`, or `mls-membership-tag` where the tag cannot be one.
 */
export function checkPublicMessage(group: PublicGroup, message: PublicMessage): AuthenticatedContent {
  const { content, auth, membershipTag } = message;
  checkPlace(group, content);
  if (content.content.type === "application") throw refusal("mls-application-public");
  if (membershipTag !== undefined && membershipTag.length !== group.suite.hash.size) {
    throw refusal("mls-membership-tag");
  }
  return { wireFormat: "public-message", content, auth };
}

/** The confirmation tag of a commit. Throws `mls-confirmation-tag` where it cannot be one. */
export function confirmationTagOfCommit(group: PublicGroup, { auth }: AuthenticatedContent): Uint8Array {
  const tag = auth.confirmationTag;
  if (tag?.length !== group.suite.hash.size) throw refusal("mls-confirmation-tag");
  return tag;
}

/**
 * Keeps a proposal whose signature is valid for the commits of this epoch (RFC 9420 §12.1). Receiving one twice
 * changes nothing. Throws what {@link validateProposal} throws, `mls-proposal-external-init`,
 * `mls-proposal-self-remove-private`, `mls-new-member-proposal-refused`, `mls-external-proposal-refused`, and `too-large` where too many wait already.
 */
export function takeProposal<G extends PublicGroup>(
  group: G,
  authenticated: AuthenticatedContent,
  proposal: Proposal,
  options: ValidationOptions,
): ReceivedProposal<G> {
  const from = authenticated.content.sender;
  if (from.type === "new-member-proposal" && !options.acceptNewMemberProposals) {
    throw refusal("mls-new-member-proposal-refused");
  }
  if (from.type === "external" && options.acceptExternalProposal !== undefined) {
    const named = externalSender(group, from.senderIndex);
    if (!options.acceptExternalProposal(proposal, named, group))
      throw refusal("mls-external-proposal-refused");
  }
  const sender = from.type === "member" ? from.leafIndex : undefined;
  if (proposal.type === "external-init") throw refusal("mls-proposal-external-init");
  // Those who join from outside must be able to commit it, and they cannot decrypt anything.
  if (proposal.type === "self-remove" && authenticated.wireFormat !== "public-message") {
    throw refusal("mls-proposal-self-remove-private");
  }
  validateProposal(group, { proposal, sender }, options);
  const reference = proposalReference(group.suite, encode(writeAuthenticatedContent, authenticated));
  const received = { kind: "proposal", proposal, reference, sender } as const;
  if (group.pending.some((other) => sameBytes(other.reference, reference))) return { ...received, group };
  if (group.pending.length >= mostPendingProposals) {
    throw new ReadbackError("too-large", "Too many proposals wait for a commit.");
  }
  const pending = [...group.pending, { reference, proposal, sender }];
  return { ...received, group: { ...group, pending } };
}
