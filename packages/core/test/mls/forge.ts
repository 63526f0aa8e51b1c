import type { Commit, ProposalOrReference, UpdatePath } from "../../src/mls/commit.ts";
import { signContent } from "../../src/mls/content-signature.ts";
import type { Content, FramedContent } from "../../src/mls/framing.ts";
import { publicMessageOf } from "../../src/mls/membership-tag.ts";
import { decodeMessage, encodeMessage } from "../../src/mls/message.ts";
import { sealPrivateMessage } from "../../src/mls/private-message.ts";
import { nextKey } from "../../src/mls/secret-tree.ts";
import type { Group, Proposal } from "../../src/mls.ts";

/** What a forged message says otherwise than an honest one. */
export interface Forgery {
  readonly frame?: Partial<FramedContent>;
  readonly signaturePrivateKey?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly membershipTag?: Uint8Array;
  readonly confirmationTag?: Uint8Array;
}

/** A member's public message with any content: signed and tagged as it should be, unless told otherwise. */
export function forgePublic(group: Group, content: Content, forgery: Forgery = {}): Uint8Array {
  const { suite, context } = group;
  const { signaturePrivateKey, epoch } = group.secrets.open();
  const framed = frameOf(group, content, forgery);
  const key = forgery.signaturePrivateKey ?? signaturePrivateKey;
  const signature = forgery.signature ?? signContent(suite, key, "public-message", framed, context);
  const auth = { signature, confirmationTag: tagOf(group, content, forgery) };
  const made = publicMessageOf(suite, epoch.membershipKey, framed, auth, context);
  const isMember = framed.sender.type === "member";
  const membershipTag = isMember ? (forgery.membershipTag ?? made.membershipTag) : undefined;
  return encodeMessage({ type: "public-message", publicMessage: { ...made, membershipTag } });
}

/** A commit of a member with any proposals and path; the confirmation tag is wrong unless given. */
export function forgeCommit(
  group: Group,
  proposals: readonly (Proposal | ProposalOrReference)[],
  path: UpdatePath | undefined = undefined,
  forgery: Forgery = {},
): Uint8Array {
  const listed = proposals.map((item): ProposalOrReference => {
    return item.type === "reference" || item.type === "proposal"
      ? item
      : { type: "proposal", proposal: item };
  });
  return forgePublic(group, { type: "commit", commit: { proposals: listed, path } }, forgery);
}

/** A member's private message with any content; the plaintext is padded to `paddedLength`. */
export function forgePrivate(
  group: Group,
  content: Content,
  forgery: Forgery = {},
  leafIndex = group.ownLeaf,
): Uint8Array {
  const { suite, context, ownLeaf } = group;
  const { signaturePrivateKey, epoch, secretTree } = group.secrets.open();
  const framed = frameOf(group, content, forgery);
  const signature =
    forgery.signature ?? signContent(suite, signaturePrivateKey, "private-message", framed, context);
  const auth = { signature, confirmationTag: tagOf(group, content, forgery) };
  const kind = content.type === "application" ? "application" : "handshake";
  const { key } = nextKey(suite, secretTree, ownLeaf, kind);
  const keys = { senderDataSecret: epoch.senderDataSecret, messageKey: key, reuseGuard: new Uint8Array(4) };
  const authenticated = { wireFormat: "private-message", content: framed, auth } as const;
  return encodeMessage({
    type: "private-message",
    privateMessage: sealPrivateMessage(suite, authenticated, leafIndex, keys),
  });
}

/** The commit that a public message holds. */
export function commitIn(message: Uint8Array): Commit {
  const decoded = decodeMessage(message);
  const content = decoded.type === "public-message" ? decoded.publicMessage.content.content : undefined;
  if (content?.type !== "commit") throw new Error("this is no commit");
  return content.commit;
}

/** The path of a commit that has one. */
export function pathIn(message: Uint8Array): UpdatePath {
  const { path } = commitIn(message);
  if (path === undefined) throw new Error("there is no path");
  return path;
}

function frameOf(group: Group, content: Content, { frame }: Forgery): FramedContent {
  return {
    groupId: group.context.groupId,
    epoch: group.epoch,
    sender: { type: "member", leafIndex: group.ownLeaf },
    authenticatedData: new Uint8Array(0),
    content,
    ...frame,
  };
}

function tagOf(group: Group, content: Content, { confirmationTag }: Forgery): Uint8Array | undefined {
  return content.type === "commit" ? (confirmationTag ?? new Uint8Array(group.suite.hash.size)) : undefined;
}
