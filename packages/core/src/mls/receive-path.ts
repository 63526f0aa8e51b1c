import { sameBytes } from "../codec/bytes.ts";
import { decryptWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import type { UpdatePath } from "./commit.ts";
import { hashPath } from "./parent-hash.ts";
import { type LearnedPath, learnPath } from "./path-secret.ts";
import { encryptionKeyAt, type RatchetTree, withPath } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";
import { itemAt } from "./sparse-array.ts";
import { checkFreshKeys } from "./tree-key-check.ts";
import type { TreeKeys } from "./tree-keys.ts";
import { commonAncestorOf } from "./tree-math.ts";
import { filteredDirectPath, resolutionOf } from "./tree-path.ts";

/**
 * Puts an update path into a tree (RFC 9420 §7.5). The leaf of the path must have been validated already.
 * Throws `mls-path-length`, `mls-path-ciphertexts`, `mls-path-key` or `mls-path-parent-hash`.
 *
 * @param tree - with the proposals of the commit applied; the leaf is blank for an external commit
 * @param added - leaf indices of the members that the same commit adds
 */
export function mergePath(
  suite: CipherSuite,
  tree: RatchetTree,
  leafIndex: number,
  { leafNode, nodes }: UpdatePath,
  added: ReadonlySet<number>,
): RatchetTree {
  const path = filteredDirectPath(tree, leafIndex);
  if (path.length !== nodes.length) throw refusal("mls-path-length");
  for (const [at, { copath }] of path.entries()) {
    const expected = resolutionOf(copath, added).length;
    if (nodes[at]?.encryptedPathSecrets.length !== expected) throw refusal("mls-path-ciphertexts");
  }
  const publicKeys = nodes.map(({ encryptionKey }) => encryptionKey);
  checkFreshKeys(suite, tree, [leafNode.encryptionKey, ...publicKeys]);
  const { parents, leafParentHash } = hashPath(suite, path, publicKeys);
  const { source } = leafNode;
  if (source.type !== "commit" || !sameBytes(source.parentHash, leafParentHash)) {
    throw refusal("mls-path-parent-hash");
  }
  return withPath(tree, leafIndex, leafNode, parents);
}

/** What a member needs to read a path. */
export interface PathReader {
  /** The tree with the path in it, from {@link mergePath}. */
  readonly tree: RatchetTree;
  /** The leaf of who made the path. */
  readonly sender: number;
  /** The leaf of who reads it. */
  readonly leafIndex: number;
  /** The reader's private keys, those of nodes that proposals of the commit have blanked left out. */
  readonly privateKeys: TreeKeys;
  /** The encoded provisional context, as for `sealPath`. */
  readonly groupContext: Uint8Array;
  /** Leaf indices of the members that the same commit adds; the reader is not one of them. */
  readonly added: ReadonlySet<number>;
}

/**
 * Decrypts the path secret that is for this member and derives all it leads to (RFC 9420 §7.5).
 * Throws `mls-path-decryption` or `mls-path-secret`.
 */
export function openPath(suite: CipherSuite, { nodes }: UpdatePath, reader: PathReader): LearnedPath {
  const { tree, sender, leafIndex, privateKeys, groupContext, added } = reader;
  const path = filteredDirectPath(tree, sender);
  const from = path.findIndex(({ index }) => index === commonAncestorOf(sender, leafIndex));
  const copath = path[from]?.copath;
  if (copath === undefined) throw refusal("mls-path-decryption");
  const resolution = resolutionOf(copath, added);
  const at = resolution.findIndex(({ index }) => itemAt(privateKeys, index) !== undefined);
  const publicKey = resolution[at]?.encryptionKey;
  const privateKey = publicKey && itemAt(privateKeys, resolution[at]?.index ?? 0);
  const sealed = nodes[from]?.encryptedPathSecrets[at];
  if (publicKey === undefined || privateKey === undefined || sealed === undefined) {
    throw refusal("mls-path-decryption");
  }
  const keyPair = { publicKey, privateKey };
  const pathSecret = decryptWithLabel(suite, keyPair, "UpdatePathNode", groupContext, sealed);
  if (pathSecret?.length !== suite.kdf.size) throw refusal("mls-path-decryption");
  const above = path.slice(from).map(({ index }, i) => ({
    index,
    encryptionKey: (nodes[from + i] as UpdatePath["nodes"][number]).encryptionKey,
  }));
  const learned = learnPath(suite, pathSecret, above);
  if (learned === undefined) throw refusal("mls-path-secret");
  return learned;
}

/**
 * Derives what the path secret of a Welcome leads to (RFC 9420 §12.4.3.1). Overwrites the secret.
 * Throws `mls-welcome-path-secret` where that is not in the tree.
 *
 * @param signer - the leaf of who signed the GroupInfo
 */
export function joinPath(
  suite: CipherSuite,
  tree: RatchetTree,
  signer: number,
  leafIndex: number,
  pathSecret: Uint8Array,
): LearnedPath {
  const ancestor = commonAncestorOf(signer, leafIndex);
  const path = filteredDirectPath(tree, signer);
  const from = path.findIndex(({ index }) => index === ancestor);
  const nodes = path.slice(from).flatMap(({ index }) => {
    const encryptionKey = encryptionKeyAt(tree, index);
    return encryptionKey === undefined ? [] : [{ index, encryptionKey }];
  });
  const isWhole = from >= 0 && nodes.length === path.length - from && pathSecret.length === suite.kdf.size;
  const learned = isWhole ? learnPath(suite, pathSecret, nodes) : undefined;
  if (learned === undefined) throw refusal("mls-welcome-path-secret");
  return learned;
}
