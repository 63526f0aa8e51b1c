import { sameBytes } from "../codec/bytes.ts";
import { isContentSignatureValid } from "./content-signature.ts";
import { type ExternalSender, readExternalSenders } from "./extension.ts";
import type { AuthenticatedContent, FramedContent } from "./framing.ts";
import type { LeafNode } from "./leaf-node.ts";
import type { Proposal } from "./proposal.ts";
import type { PublicGroup } from "./public-group.ts";
import { leafAt } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";
import { checkAuthenticatedData } from "./safe-aad.ts";

/**
 * Whether a message belongs to this epoch of this group, before anything of it is believed (RFC 9420 §6, §12.4.2).
 * Throws `mls-group-reinitialized`, `mls-group-id`, `mls-epoch-past`, `mls-epoch-future` or `mls-safe-aad`.
 */
export function checkPlace(
  group: PublicGroup,
  message: Pick<FramedContent, "groupId" | "epoch" | "authenticatedData">,
): void {
  if (!sameBytes(message.groupId, group.context.groupId)) throw refusal("mls-group-id");
  if (message.epoch < group.epoch) throw refusal("mls-epoch-past");
  if (message.epoch > group.epoch) throw refusal("mls-epoch-future");
  if (group.reInit !== undefined) throw refusal("mls-group-reinitialized");
  checkAuthenticatedData(group.context, message.authenticatedData);
}

/** The leaf of a sender who is a member. Throws `mls-sender-blank` where there is none. */
export function senderLeaf(group: PublicGroup, leafIndex: number): LeafNode {
  const leaf = leafAt(group.tree, leafIndex);
  if (leaf === undefined) throw refusal("mls-sender-blank");
  return leaf;
}

/** An external sender that the group names (RFC 9420 §12.1.8.1). Throws `mls-external-sender` where it names none at this place. */
export function externalSender({ context }: PublicGroup, senderIndex: number): ExternalSender {
  const sender = readExternalSenders(context.extensions)?.[senderIndex];
  if (sender === undefined) throw refusal("mls-external-sender");
  return sender;
}

/**
 * Whether a handshake content comes from who it says (RFC 9420 §6.1).
 * Throws `mls-content-signature`, `mls-sender-blank` or `mls-sender-type`.
 */
export function checkContentSignature(group: PublicGroup, authenticated: AuthenticatedContent): void {
  const key = signatureKeyOf(group, authenticated.content);
  if (!isContentSignatureValid(group.suite, key, authenticated, group.context)) {
    throw refusal("mls-content-signature");
  }
}

const externalProposals: readonly Proposal["type"][] = [
  "add",
  "remove",
  "pre-shared-key",
  "reinit",
  "group-context-extensions",
  "app-data-update",
  "app-ephemeral",
];

/** The key that must have signed a content, by the type of its sender (RFC 9420 §6.1, §12.1.8). */
function signatureKeyOf(group: PublicGroup, { sender, content }: FramedContent): Uint8Array {
  switch (sender.type) {
    case "member":
      return senderLeaf(group, sender.leafIndex).signatureKey;
    case "external": {
      if (content.type !== "proposal") throw refusal("mls-sender-type");
      if (!externalProposals.includes(content.proposal.type)) throw refusal("mls-external-proposal-type");
      return externalSender(group, sender.senderIndex).signatureKey;
    }
    case "new-member-proposal":
      if (content.type !== "proposal") throw refusal("mls-sender-type");
      if (content.proposal.type !== "add") throw refusal("mls-external-proposal-type");
      return content.proposal.keyPackage.leafNode.signatureKey;
    case "new-member-commit":
      if (content.type !== "commit") throw refusal("mls-sender-type");
      if (content.commit.path === undefined) throw refusal("mls-commit-path-missing");
      return content.commit.path.leafNode.signatureKey;
  }
}
