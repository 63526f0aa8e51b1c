import { copyOf } from "../codec/bytes.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import type { Random } from "../port/random.ts";
import type { Credential } from "./credential.ts";
import { createExporterTree } from "./exporter-tree.ts";
import type { Extension } from "./extension.ts";
import type { GroupContext } from "./group-context.ts";
import type { Group } from "./group-state.ts";
import { Hidden } from "./hidden.ts";
import { type LeafSettings, newLeaf } from "./key-package-bundle.ts";
import { epochFromSecret } from "./key-schedule.ts";
import { signLeafNode } from "./leaf-node.ts";
import { mls10 } from "./protocol-version.ts";
import { treeOf } from "./ratchet-tree.ts";
import { createSecretTree } from "./secret-tree.ts";
import { withItems } from "./sparse-array.ts";
import { confirmationTagOf, interimTranscriptHash } from "./transcript.ts";
import { treeHashOf } from "./tree-hash.ts";

/** What a new group is made of. */
export interface GroupInput extends LeafSettings {
  readonly suite: CipherSuite;
  /** Chosen so that no other group has it, for instance 32 random bytes. */
  readonly groupId: Uint8Array;
  readonly credential: Credential;
  /** The private key is copied. */
  readonly signatureKeyPair: KeyPair;
  /** Of the group context: known to all members, and to whoever follows the handshakes. */
  readonly extensions?: readonly Extension[] | undefined;
  readonly random: Random;
}

/** A group of its creator alone, at leaf 0 and in epoch 0 (RFC 9420 §11). */
export function createGroup(input: GroupInput): Group {
  const { suite, groupId, signatureKeyPair, random, extensions = [] } = input;
  const { content, privateKey } = newLeaf(input);
  const tree = treeOf(signLeafNode(suite, signatureKeyPair.privateKey, content));
  const context: GroupContext = {
    version: mls10,
    cipherSuite: suite.id,
    groupId: copyOf(groupId),
    epoch: 0n,
    treeHash: treeHashOf(suite, tree),
    confirmedTranscriptHash: new Uint8Array(0),
    extensions,
  };
  const epochSecret = random(suite.kdf.size);
  const { secrets, encryptionSecret, applicationExportSecret } = epochFromSecret(suite, epochSecret);
  wipe(epochSecret);
  const confirmationTag = confirmationTagOf(suite, secrets.confirmationKey, context.confirmedTranscriptHash);
  return {
    suite,
    epoch: 0n,
    context,
    tree,
    confirmationTag,
    interimTranscriptHash: interimTranscriptHash(suite, context.confirmedTranscriptHash, confirmationTag),
    pending: [],
    reInit: undefined,
    ownLeaf: 0,
    secrets: new Hidden({
      signaturePrivateKey: copyOf(signatureKeyPair.privateKey),
      epoch: secrets,
      secretTree: createSecretTree(encryptionSecret, tree.leafCount),
      exporterTree: createExporterTree(applicationExportSecret),
      privateKeys: withItems([], [[0, privateKey]]),
      pendingUpdates: [],
    }),
  };
}
