import { sameBytes } from "../codec/bytes.ts";
import { Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { nonBlankSubtrees, type Subtree, subtreeAt, type TreeParent } from "./subtree.ts";
import { hashOfLeaf, hashOfParent, subtreeHash } from "./tree-hash.ts";
import { isUnder, nodeOfLeaf } from "./tree-math.ts";
import type { ParentNode } from "./tree-nodes.ts";
import { type PathNode, resolutionOf } from "./tree-path.ts";

/** What an update path makes of the parents that it sets. */
export interface HashedPath {
  /** By node index. */
  readonly parents: ReadonlyMap<number, ParentNode>;
  /** What the leaf of the path must hold; empty where the path has no nodes. */
  readonly leafParentHash: Uint8Array;
}

/**
 * The parents of an update path with their parent hashes (RFC 9420 §7.9). The hashes go from the root down, each over
 * the one above.
 *
 * @param path - lowest node first
 * @param encryptionKeys - of the same nodes
 */
export function hashPath(
  suite: CipherSuite,
  path: readonly PathNode[],
  encryptionKeys: readonly Uint8Array[],
): HashedPath {
  const parents = new Map<number, ParentNode>();
  let parentHash: Uint8Array = new Uint8Array(0);
  for (const [at, { index, copath }] of [...path.entries()].reverse()) {
    const encryptionKey = encryptionKeys[at] as Uint8Array;
    parents.set(index, { encryptionKey, parentHash, unmergedLeaves: [] });
    parentHash = parentHashOf(suite, encryptionKey, parentHash, subtreeHash(suite, copath));
  }
  return { parents, leafParentHash: parentHash };
}

/**
 * Whether every parent of a tree that is not blank was set by a member below it: it is parent-hash valid, that is
 * exactly one node below it holds its parent hash and was its neighbour in the update path (RFC 9420 §7.9.2).
 */
export function isParentHashValid(suite: CipherSuite, tree: RatchetTree): boolean {
  const originals: Originals = new Map();
  for (const subtree of nonBlankSubtrees(tree.root)) {
    if (subtree.type === "leaf" || subtree.node === undefined) continue;
    const { node, left, right } = subtree;
    const links = [
      isLinked(suite, node, left, right, originals),
      isLinked(suite, node, right, left, originals),
    ];
    if (links.filter((linked) => linked).length !== 1) return false;
  }
  return true;
}

/** Whether the one node below `child` that was set together with `parent` holds its parent hash. */
function isLinked(
  suite: CipherSuite,
  parent: ParentNode,
  child: Subtree,
  sibling: Subtree,
  originals: Originals,
): boolean {
  const held = parentHashHeldBy(neighbourOf(parent, child));
  if (held === undefined) return false;
  const original = originalHash(suite, sibling, parent.unmergedLeaves, originals);
  return sameBytes(held, parentHashOf(suite, parent.encryptionKey, parent.parentHash, original));
}

/**
 * The node D in the resolution of `child` such that the rest of the resolution are just the unmerged leaves of
 * `parent` below `child`; `undefined` where there is none.
 */
function neighbourOf(parent: ParentNode, child: Subtree): Subtree | undefined {
  const unmerged = new Set(below(child, parent.unmergedLeaves).map(nodeOfLeaf));
  // Decoding made sure that every unmerged leaf is in the resolution: those in between list it as well.
  const [other, ...more] = resolutionOf(child).filter(({ index }) => !unmerged.has(index));
  return other !== undefined && more.length === 0 ? subtreeAt(child, other.index) : undefined;
}

function parentHashHeldBy(subtree: Subtree | undefined): Uint8Array | undefined {
  if (subtree === undefined) return undefined;
  if (subtree.type === "parent") return subtree.node?.parentHash;
  return subtree.node?.source.type === "commit" ? subtree.node.source.parentHash : undefined;
}

// The last hash of a subtree without some leaves: parents above one another mostly leave out the same ones.
type Originals = Map<TreeParent, { readonly without: string; readonly hash: Uint8Array }>;

/** The tree hash of `subtree` as it was before the leaves of `without` were added (original_sibling_tree_hash). */
function originalHash(
  suite: CipherSuite,
  subtree: Subtree,
  without: readonly number[],
  originals: Originals,
): Uint8Array {
  const leaves = below(subtree, without);
  if (leaves.length === 0) return subtreeHash(suite, subtree);
  if (subtree.type === "leaf") return hashOfLeaf(suite, subtree.index / 2, undefined);
  const key = leaves.join();
  const known = originals.get(subtree);
  if (known?.without === key) return known.hash;
  const { node } = subtree;
  const blanked = new Set(leaves);
  const parent = node && { ...node, unmergedLeaves: node.unmergedLeaves.filter((l) => !blanked.has(l)) };
  const left = originalHash(suite, subtree.left, leaves, originals);
  const right = originalHash(suite, subtree.right, leaves, originals);
  const hash = hashOfParent(suite, parent, left, right);
  originals.set(subtree, { without: key, hash });
  return hash;
}

/** Those of sorted leaves that are below a node. */
function below(subtree: Subtree, leaves: readonly number[]): readonly number[] {
  return leaves.filter((leafIndex) => isUnder(leafIndex, subtree.index));
}

function parentHashOf(
  suite: CipherSuite,
  encryptionKey: Uint8Array,
  parentHash: Uint8Array,
  originalSiblingTreeHash: Uint8Array,
): Uint8Array {
  const writer = new Writer(encryptionKey.length + parentHash.length + originalSiblingTreeHash.length + 12);
  return suite.hash.digest(
    writer.bytes(encryptionKey).bytes(parentHash).bytes(originalSiblingTreeHash).finish(),
  );
}
