import { copyOf, sameBytes } from "../codec/bytes.ts";
import { equal } from "../crypto/equal.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import { createExporterTree } from "./exporter-tree.ts";
import { encodedGroupContext } from "./group-context.ts";
import type { GroupInfo } from "./group-info.ts";
import type { Group } from "./group-state.ts";
import type { HandshakeOptions } from "./handshake-options.ts";
import { Hidden } from "./hidden.ts";
import type { KeyPackageBundle } from "./key-package-bundle.ts";
import { allSecrets, startEpoch, welcomeSecretOf } from "./key-schedule.ts";
import { encodedLeafNode, type LeafNode } from "./leaf-node.ts";
import { decodeMessage } from "./message.ts";
import { openGroupInfo } from "./open-group-info.ts";
import { pskSecretFor } from "./psk-secret.ts";
import type { PublicGroup } from "./public-group.ts";
import { members } from "./ratchet-tree.ts";
import { joinPath } from "./receive-path.ts";
import { refusal } from "./rule.ts";
import { createSecretTree } from "./secret-tree.ts";
import { withItems } from "./sparse-array.ts";
import { checkSuccessor, keysOfSuccessor, type SuccessorLink, successorLinkIn } from "./successor.ts";
import { confirmationTagOf } from "./transcript.ts";
import type { TreeKeys } from "./tree-keys.ts";
import { nodeOfLeaf } from "./tree-math.ts";
import { unsealGroupInfo, unsealGroupSecrets } from "./welcome-secrets.ts";

/** What it takes to join by a Welcome. */
export interface JoinInput extends HandshakeOptions {
  readonly suite: CipherSuite;
  /** MLSMessage (Welcome). */
  readonly welcome: Uint8Array;
  /** The key package that the Welcome is for. Its private keys are copied; the init key must not be used again. */
  readonly bundle: KeyPackageBundle;
  /** The encoded tree, where the Welcome does not hold it. */
  readonly ratchetTree?: Uint8Array | undefined;
  /**
   * The group that the new one has to succeed, reinitialized or branched off (RFC 9420 §11.2, §11.3): a reinitialized
   * one as the commit of the reinitialization left it. Without it such a Welcome is refused. A function finds it by the
   * id that the Welcome names, and whether there has to be one is then for the caller to say.
   */
  readonly predecessor?: Group | ((groupId: Uint8Array) => Group | undefined) | undefined;
}

/** A group that was joined, and what its inviter had to say. */
export interface JoinedGroup {
  readonly group: Group;
  /** Its extensions are those that were put into the Welcome. */
  readonly groupInfo: GroupInfo;
}

/**
 * Joins a group by a Welcome (RFC 9420 §12.4.3.1). That no group of the same id is known is for the caller to check.
 * With `now`, every leaf of the tree has to be within its lifetime. Throws `mls-wire-format`, the `mls-welcome-…`,
 * `mls-group-info-…`, `mls-successor-…`, `mls-reinit-…` and `mls-branch-…` codes, `mls-psk-unknown`,
 * `mls-confirmation-tag`, what validating a tree throws, `malformed` or `too-large`.
 */
export function joinGroup(input: JoinInput): JoinedGroup {
  const { suite, bundle } = input;
  const message = decodeMessage(input.welcome);
  if (message.type !== "welcome") throw refusal("mls-wire-format");
  const { welcome } = message;
  const { keyPackage } = bundle;
  if (welcome.cipherSuite !== suite.id || keyPackage.cipherSuite !== suite.id)
    throw refusal("mls-welcome-suite");
  const own = bundle.secrets.open();
  const initKeyPair = { publicKey: keyPackage.initKey, privateKey: own.initPrivateKey };
  const { joinerSecret, pathSecret, psks } = unsealGroupSecrets(
    suite,
    welcome,
    bundle.reference,
    initKeyPair,
  );
  const link = successorLinkIn(psks);
  const predecessor = predecessorOf(link, input.predecessor);
  const keys = keysOfSuccessor(psks, predecessor, input.preSharedKeys);
  const pskSecret = pskSecretFor(suite, psks, keys);
  const welcomeSecret = welcomeSecretOf(suite, joinerSecret, pskSecret);
  const groupInfo = unsealGroupInfo(suite, welcomeSecret, welcome.encryptedGroupInfo);
  const followed = openGroupInfo(suite, groupInfo, input.ratchetTree, input);
  if (link !== undefined && predecessor !== undefined) {
    checkSuccessor(followed, link, predecessor, input.credentials);
  }
  const ownLeaf = leafOf(followed, keyPackage.leafNode);

  const { context } = followed;
  const start = startEpoch(suite, joinerSecret, pskSecret, encodedGroupContext(context));
  wipe(joinerSecret, welcomeSecret, pskSecret);
  const tag = confirmationTagOf(suite, start.secrets.confirmationKey, context.confirmedTranscriptHash);
  if (!equal(groupInfo.confirmationTag, tag)) {
    wipe(...allSecrets(start.secrets), start.encryptionSecret, start.applicationExportSecret);
    throw refusal("mls-confirmation-tag");
  }
  const secrets = {
    signaturePrivateKey: copyOf(own.signaturePrivateKey),
    epoch: start.secrets,
    secretTree: createSecretTree(start.encryptionSecret, followed.tree.leafCount),
    exporterTree: createExporterTree(start.applicationExportSecret),
    privateKeys: keysOf(followed, groupInfo.signer, ownLeaf, own.encryptionPrivateKey, pathSecret),
    pendingUpdates: [],
  };
  return { group: { ...followed, ownLeaf, secrets: new Hidden(secrets) }, groupInfo };
}

function predecessorOf(
  link: SuccessorLink | undefined,
  predecessor: JoinInput["predecessor"],
): Group | undefined {
  if (typeof predecessor !== "function") return predecessor;
  return link && predecessor(link.groupId);
}

function leafOf(group: PublicGroup, leafNode: LeafNode): number {
  const encoded = encodedLeafNode(leafNode);
  const found = members(group.tree).find(([, leaf]) => sameBytes(encodedLeafNode(leaf), encoded));
  if (found === undefined) throw refusal("mls-welcome-leaf");
  return found[0];
}

function keysOf(
  { suite, tree }: PublicGroup,
  signer: number,
  ownLeaf: number,
  encryptionPrivateKey: Uint8Array,
  pathSecret: Uint8Array | undefined,
): TreeKeys {
  const own = withItems<Uint8Array>([], [[nodeOfLeaf(ownLeaf), copyOf(encryptionPrivateKey)]]);
  if (pathSecret === undefined) return own;
  const { privateKeys, commitSecret } = joinPath(suite, tree, signer, ownLeaf, pathSecret);
  // The joiner secret has taken its place already.
  wipe(commitSecret);
  return withItems(own, privateKeys);
}
