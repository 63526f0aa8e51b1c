import type { Random } from "../port/random.ts";
import { signContent } from "./content-signature.ts";
import type { FramedContent } from "./framing.ts";
import type { Group } from "./group-state.ts";
import { Hidden } from "./hidden.ts";
import { freshKeyPair } from "./key-package-bundle.ts";
import { signLeafNode } from "./leaf-node.ts";
import { publicMessageOf } from "./membership-tag.ts";
import { encodeMessage } from "./message.ts";
import { type LeafChange, nextLeaf } from "./own-leaf.ts";
import { type Proposal, proposalTypeOf } from "./proposal.ts";
import { isProposalSupported } from "./proposal-support.ts";
import type { PendingProposal } from "./public-group.ts";
import { refusal } from "./rule.ts";
import { authenticatedDataFor } from "./safe-aad.ts";

/** How to send a proposal. */
export interface ProposalOptions {
  /** Sent in the clear, but authenticated. */
  readonly authenticatedData?: Uint8Array | undefined;
}

/** A proposal to send. */
export interface CreatedProposal {
  /**
   * The group that can follow a commit of the proposal: for an update it holds the new private keys. The proposal
   * itself does not wait in it yet: that begins when its message is received, by its sender as by everybody.
   */
  readonly group: Group;
  /** MLSMessage (PublicMessage). */
  readonly message: Uint8Array;
}

/**
 * Signs a proposal for a later commit, by whomever (RFC 9420 §12.1). Whether it is valid shows when it is received.
 * For an update there is {@link createUpdate}. Throws `mls-group-reinitialized`, `mls-proposal-support` where a member
 * does not support proposals of this type, `mls-proposal-self-remove-twice` or `mls-safe-aad`.
 */
export function createProposal(
  group: Group,
  proposal: Proposal,
  options: ProposalOptions = {},
): CreatedProposal {
  if (group.reInit !== undefined) throw refusal("mls-group-reinitialized");
  if (!isProposalSupported(group, proposalTypeOf(proposal))) throw refusal("mls-proposal-support");
  const isLeaving = (waiting: PendingProposal): boolean =>
    waiting.proposal.type === "self-remove" && waiting.sender === group.ownLeaf;
  if (proposal.type === "self-remove" && group.pending.some(isLeaving)) {
    throw refusal("mls-proposal-self-remove-twice");
  }
  const content: FramedContent = {
    groupId: group.context.groupId,
    epoch: group.epoch,
    sender: { type: "member", leafIndex: group.ownLeaf },
    authenticatedData: authenticatedDataFor(group.context, options.authenticatedData),
    content: { type: "proposal", proposal },
  };
  const { signaturePrivateKey, epoch } = group.secrets.open();
  const { suite, context } = group;
  const signature = signContent(suite, signaturePrivateKey, "public-message", content, context);
  const auth = { signature, confirmationTag: undefined };
  const publicMessage = publicMessageOf(suite, epoch.membershipKey, content, auth, context);
  return { group, message: encodeMessage({ type: "public-message", publicMessage }) };
}

/**
 * Proposes a fresh leaf for this member, for somebody else to commit (RFC 9420 §12.1.2). The group that is returned
 * must be stored before the message is sent: without its keys the member could not follow the commit.
 */
export function createUpdate(
  group: Group,
  options: ProposalOptions & { readonly random: Random; readonly leaf?: LeafChange | undefined },
): CreatedProposal {
  const { suite, ownLeaf } = group;
  const { groupId } = group.context;
  const { content, signaturePrivateKey } = nextLeaf(group, options.leaf);
  const fresh = freshKeyPair(suite, options.random);
  const leafContent = { ...content, encryptionKey: fresh.publicKey, source: { type: "update" } } as const;
  const leafNode = signLeafNode(suite, signaturePrivateKey, leafContent, { groupId, leafIndex: ownLeaf });
  const secrets = group.secrets.open();
  const update = {
    encryptionPublicKey: fresh.publicKey,
    encryptionPrivateKey: fresh.privateKey,
    signaturePrivateKey: options.leaf?.signatureKeyPair && signaturePrivateKey,
  };
  const pendingUpdates = [...secrets.pendingUpdates, update];
  const prepared = { ...group, secrets: new Hidden({ ...secrets, pendingUpdates }) };
  return createProposal(prepared, { type: "update", leafNode }, options);
}
