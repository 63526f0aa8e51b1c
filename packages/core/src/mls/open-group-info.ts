import type { CipherSuite } from "../crypto/suite.ts";
import { extensionData, extensionTypes, readAppDataDictionary } from "./extension.ts";
import { type GroupInfo, isGroupInfoSignatureValid } from "./group-info.ts";
import { leafOptions, type ValidationOptions } from "./handshake-options.ts";
import { decodeMessage } from "./message.ts";
import { validateExternalSenders } from "./proposal-validation.ts";
import { mls10 } from "./protocol-version.ts";
import type { PublicGroup } from "./public-group.ts";
import { decodeRatchetTree, leafAt } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";
import { interimTranscriptHash } from "./transcript.ts";
import { validateTree } from "./tree-validation.ts";

/** What it takes to follow a group from outside. */
export interface PublicGroupInput extends ValidationOptions {
  readonly suite: CipherSuite;
  /** MLSMessage (GroupInfo). */
  readonly groupInfo: Uint8Array;
  /** The encoded tree, where the group information does not hold it. */
  readonly ratchetTree?: Uint8Array | undefined;
}

/**
 * Starts to follow a group without being a member: signature, tree and every leaf are checked as by a joiner, but for
 * what only members can tell. Throws as `openGroupInfo` does, `mls-wire-format`, `malformed` or `too-large`.
 */
export function publicGroupFrom(input: PublicGroupInput): PublicGroup {
  const message = decodeMessage(input.groupInfo);
  if (message.type !== "group-info") throw refusal("mls-wire-format");
  return openGroupInfo(input.suite, message.groupInfo, input.ratchetTree, input);
}

/**
 * The group that a group information describes (RFC 9420 §12.4.3). Throws `mls-version`, `mls-group-info-suite`,
 * `mls-welcome-tree`, `mls-group-info-signer`, `mls-group-info-signature`, `mls-confirmation-tag`,
 * `mls-external-sender-credential`, and what decoding and validating a tree throws.
 *
 * @param ratchetTree - the encoded tree, where the group information does not hold it
 */
export function openGroupInfo(
  suite: CipherSuite,
  groupInfo: GroupInfo,
  ratchetTree: Uint8Array | undefined,
  options: ValidationOptions,
): PublicGroup {
  const { groupContext: context, extensions, confirmationTag, signer } = groupInfo;
  if (context.version !== mls10) throw refusal("mls-version");
  if (context.cipherSuite !== suite.id) throw refusal("mls-group-info-suite");
  if (confirmationTag.length !== suite.hash.size) throw refusal("mls-confirmation-tag");
  const treeBytes = extensionData(extensions, extensionTypes.ratchetTree) ?? ratchetTree;
  if (treeBytes === undefined) throw refusal("mls-welcome-tree");
  const tree = decodeRatchetTree(treeBytes);
  const signerLeaf = leafAt(tree, signer);
  if (signerLeaf === undefined) throw refusal("mls-group-info-signer");
  if (!isGroupInfoSignatureValid(suite, signerLeaf.signatureKey, groupInfo)) {
    throw refusal("mls-group-info-signature");
  }
  validateTree(suite, tree, context, leafOptions(options));
  validateExternalSenders(context.extensions, [], options);
  readAppDataDictionary(context.extensions);
  return {
    suite,
    epoch: context.epoch,
    context,
    tree,
    confirmationTag,
    interimTranscriptHash: interimTranscriptHash(suite, context.confirmedTranscriptHash, confirmationTag),
    pending: [],
    reInit: undefined,
  };
}
