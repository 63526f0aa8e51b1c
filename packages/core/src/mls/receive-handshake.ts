import { equal } from "../crypto/equal.ts";
import { wipe } from "../crypto/wipe.ts";
import { openMemberMessage, withSecretTree } from "./application-message.ts";
import { checkContentSignature, senderLeaf } from "./authenticate.ts";
import type { Commit } from "./commit.ts";
import { initSecretFor, learnKeys, nextEpoch } from "./epoch-change.ts";
import { evaluateCommit, groupAfter } from "./evaluate-commit.ts";
import { createExporterTree } from "./exporter-tree.ts";
import type { AuthenticatedContent } from "./framing.ts";
import type { Group } from "./group-state.ts";
import type { HandshakeOptions } from "./handshake-options.ts";
import type { ReceivedCommit, ReceivedProposal } from "./handshake-result.ts";
import { Hidden } from "./hidden.ts";
import { isMembershipTagValid } from "./membership-tag.ts";
import { decodeMessage, type Message } from "./message.ts";
import { pskSecretFor } from "./psk-secret.ts";
import { checkPublicMessage, confirmationTagOfCommit, takeProposal } from "./public-handshake.ts";
import { retiredSecrets } from "./retired-secrets.ts";
import { refusal } from "./rule.ts";
import { createSecretTree } from "./secret-tree.ts";
import { confirmationTagOf } from "./transcript.ts";

/**
 * Processes a proposal or a commit as a member (RFC 9420 §12.1, §12.4.2). What is refused changes nothing and throws
 * the code of the rule that it breaks, `malformed` or `too-large`. A member's own commit is not processed
 * (`mls-commit-own`): the group that was staged with it takes over. A member's own proposal is taken like any other.
 *
 * @param message - MLSMessage (PublicMessage or PrivateMessage)
 */
export function receiveHandshake(
  group: Group,
  message: Uint8Array,
  options: HandshakeOptions,
): ReceivedProposal<Group> | ReceivedCommit {
  const opened = open(group, decodeMessage(message));
  const { content } = opened.authenticated.content;
  if (content.type === "proposal") {
    return takeProposal(opened.group, opened.authenticated, content.proposal, options);
  }
  if (content.type !== "commit") throw refusal("mls-wire-format");
  return receiveCommit(opened.group, opened.authenticated, content.commit, options);
}

/** A handshake content that is authentic, and the group without the key that it was encrypted with, if it was. */
function open(group: Group, message: Message): { group: Group; authenticated: AuthenticatedContent } {
  if (message.type === "private-message" && message.privateMessage.contentType !== "application") {
    const { authenticated, secretTree } = openMemberMessage(group, message.privateMessage);
    return { group: withSecretTree(group, secretTree), authenticated };
  }
  if (message.type !== "public-message") throw refusal("mls-wire-format");
  const { publicMessage } = message;
  const authenticated = checkPublicMessage(group, publicMessage);
  const { sender } = publicMessage.content;
  if (sender.type === "member") {
    senderLeaf(group, sender.leafIndex);
    const { membershipKey } = group.secrets.open().epoch;
    if (!isMembershipTagValid(group.suite, membershipKey, publicMessage, group.context)) {
      throw refusal("mls-membership-tag");
    }
  }
  checkContentSignature(group, authenticated);
  return { group, authenticated };
}

function receiveCommit(
  group: Group,
  authenticated: AuthenticatedContent,
  commit: Commit,
  options: HandshakeOptions,
): ReceivedCommit {
  const { suite, ownLeaf } = group;
  const { sender } = authenticated.content;
  if (sender.type === "member" && sender.leafIndex === ownLeaf) throw refusal("mls-commit-own");
  const evaluated = evaluateCommit(group, authenticated, commit, options);
  const tag = confirmationTagOfCommit(group, authenticated);
  const { applied, committer, context, tree } = evaluated;
  const selfRemoved = applied.removed.some(({ leafIndex }) => leafIndex === ownLeaf);
  const received = {
    kind: "commit",
    changes: { ...evaluated.changes, selfRemoved },
    sender: committer,
  } as const;
  if (selfRemoved) return { ...received, group: undefined };

  const pskSecret = pskSecretFor(suite, applied.psks, options.preSharedKeys);
  const initSecret = initSecretFor(group, applied.externalInit);
  const { privateKeys, signaturePrivateKey, commitSecret } = learnKeys(group, commit.path, evaluated);
  const next = nextEpoch(suite, { initSecret, commitSecret, pskSecret }, context);
  wipe(commitSecret, pskSecret, next.joinerSecret);
  if (applied.externalInit !== undefined) wipe(initSecret);
  const secrets = {
    signaturePrivateKey,
    epoch: next.secrets,
    secretTree: createSecretTree(next.encryptionSecret, tree.leafCount),
    exporterTree: createExporterTree(next.applicationExportSecret),
    privateKeys,
    pendingUpdates: [],
  };
  const after = { ...groupAfter(group, evaluated, tag), ownLeaf, secrets: new Hidden(secrets) };
  const expected = confirmationTagOf(suite, next.secrets.confirmationKey, context.confirmedTranscriptHash);
  if (!equal(tag, expected)) {
    // Another tag may belong to the very same secrets.
    wipe(next.secrets.epochAuthenticator, ...retiredSecrets(after, group));
    throw refusal("mls-confirmation-tag");
  }
  return { ...received, group: after };
}
