import { encryptWithLabel } from "../crypto/labels.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import type { Random } from "../port/random.ts";
import type { UpdatePath } from "./commit.ts";
import { type LeafNode, type LeafNodeContent, signLeafNode } from "./leaf-node.ts";
import { hashPath } from "./parent-hash.ts";
import { nextPathSecret, nodeKeyPair } from "./path-secret.ts";
import { type RatchetTree, withPath } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";
import { commonAncestorOf, nodeOfLeaf } from "./tree-math.ts";
import { filteredDirectPath, type PathNode, resolutionOf } from "./tree-path.ts";

/** A node of a path of one's own. */
export interface FreshNode extends PathNode {
  readonly pathSecret: Uint8Array;
  readonly keyPair: KeyPair;
}

/** Fresh keys from a member's leaf up to the root, before they are encrypted to the others. Holds secrets. */
export interface FreshPath {
  /** The tree with the path in it. */
  readonly tree: RatchetTree;
  readonly leafIndex: number;
  readonly leafNode: LeafNode;
  /** The filtered direct path, lowest first. */
  readonly nodes: readonly FreshNode[];
  /** Private keys by node index, that of the leaf among them. */
  readonly privateKeys: readonly (readonly [index: number, privateKey: Uint8Array])[];
  readonly commitSecret: Uint8Array;
}

/** Who makes a path, and with what. */
export interface PathMaker {
  /** The leaf as it shall be, but for its key and source, which are fresh. */
  readonly leaf: Omit<LeafNodeContent, "encryptionKey" | "source">;
  /** Belongs to the signature key of `leaf`. */
  readonly signaturePrivateKey: Uint8Array;
  readonly groupId: Uint8Array;
  readonly random: Random;
}

/**
 * Makes fresh keys for a leaf and its filtered direct path and puts them into the tree (RFC 9420 §7.4, §7.5).
 *
 * @param tree - with the proposals of the commit applied; the leaf may be blank for an external commit
 */
export function createPath(
  suite: CipherSuite,
  tree: RatchetTree,
  leafIndex: number,
  { leaf, signaturePrivateKey, groupId, random }: PathMaker,
): FreshPath {
  const nodes: FreshNode[] = [];
  let secret = random(suite.kdf.size);
  for (const node of filteredDirectPath(tree, leafIndex)) {
    nodes.push({ ...node, pathSecret: secret, keyPair: nodeKeyPair(suite, secret) });
    secret = nextPathSecret(suite, secret);
  }
  const publicKeys = nodes.map(({ keyPair }) => keyPair.publicKey);
  const { parents, leafParentHash: parentHash } = hashPath(suite, nodes, publicKeys);

  const seed = random(suite.kdf.size);
  const leafKeys = suite.kem.deriveKeyPair(seed);
  wipe(seed);
  const content = {
    ...leaf,
    encryptionKey: leafKeys.publicKey,
    source: { type: "commit", parentHash },
  } as const;
  const leafNode = signLeafNode(suite, signaturePrivateKey, content, { groupId, leafIndex });
  return {
    tree: withPath(tree, leafIndex, leafNode, parents),
    leafIndex,
    leafNode,
    nodes,
    privateKeys: [
      [nodeOfLeaf(leafIndex), leafKeys.privateKey],
      ...nodes.map(({ index, keyPair }) => [index, keyPair.privateKey] as const),
    ],
    commitSecret: secret,
  };
}

/**
 * Encrypts a path to the other members (RFC 9420 §7.5, §7.6). Throws `mls-path-key` where a key of the tree must not
 * be used, which a checked tree does not hold.
 *
 * @param groupContext - the encoded provisional context: of the new epoch, with the tree hash of `path.tree` and the
 * old confirmed transcript hash
 * @param added - leaf indices of the members that the same commit adds
 */
export function sealPath(
  suite: CipherSuite,
  path: FreshPath,
  groupContext: Uint8Array,
  added: ReadonlySet<number>,
  random: Random,
): UpdatePath {
  const encrypt = encryptWithLabel(suite, "UpdatePathNode", groupContext);
  const nodes = path.nodes.map(({ copath, pathSecret, keyPair }) => ({
    encryptionKey: keyPair.publicKey,
    encryptedPathSecrets: resolutionOf(copath, added).map(({ encryptionKey }) => {
      const seed = random(suite.kem.seedSize);
      const sealed = encrypt(encryptionKey, pathSecret, seed);
      wipe(seed);
      if (sealed === undefined) throw refusal("mls-path-key");
      return sealed;
    }),
  }));
  return { leafNode: path.leafNode, nodes };
}

/**
 * The path secret for a member that the same commit adds: that of the lowest node above both (RFC 9420 §12.4.1).
 * Shared with `path`: to be copied into the Welcome and overwritten with the rest. Throws where there is no such node.
 */
export function pathSecretFor(path: FreshPath, leafIndex: number): Uint8Array {
  const ancestor = commonAncestorOf(path.leafIndex, leafIndex);
  const node = path.nodes.find(({ index }) => index === ancestor);
  if (node === undefined) throw refusal("mls-path-length");
  return node.pathSecret;
}

/** Overwrites the path secrets, which nobody needs once path and Welcome are made. Keys and commit secret stay. */
export function wipePathSecrets(path: FreshPath): void {
  wipe(...path.nodes.map(({ pathSecret }) => pathSecret));
}
