import { decode } from "../codec/reader.ts";
import { encode } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { type Extension, extensionTypes } from "./extension.ts";
import type { LeafNode } from "./leaf-node.ts";
import { mostLeaves } from "./limits.ts";
import {
  blankSubtree,
  leafIn,
  leafSubtree,
  nonBlankSubtrees,
  parentSubtree,
  type Subtree,
  subtreeAt,
  withLeaf,
} from "./subtree.ts";
import { nodeCountOf } from "./tree-math.ts";
import { type ParentNode, readTreeNodes, writeTreeNodes } from "./tree-nodes.ts";
import { nodesOf, subtreeOfNodes } from "./tree-shape.ts";

/**
 * The members of a group and the keys they share (RFC 9420 §7). Immutable: every change is another tree that shares
 * with the old one all but the path that changed. A tree belongs to one cipher suite for all its life.
 */
export interface RatchetTree {
  readonly root: Subtree;
  /** Leaves, blank ones included: a power of two. */
  readonly leafCount: number;
}

/** The tree of a group of one: its creator at leaf 0. */
export function treeOf(leafNode: LeafNode): RatchetTree {
  return { root: leafSubtree(0, leafNode), leafCount: 1 };
}

/** How many members the group has. */
export function memberCountOf(tree: RatchetTree): number {
  return tree.root.memberCount;
}

/** The member at a leaf, or `undefined` where the leaf is blank or outside of the tree. */
export function leafAt(tree: RatchetTree, leafIndex: number): LeafNode | undefined {
  return leafIndex < tree.leafCount ? leafIn(tree.root, leafIndex) : undefined;
}

/** Every member with its leaf index, ascending. */
export function members(tree: RatchetTree): (readonly [leafIndex: number, leafNode: LeafNode])[] {
  const found: (readonly [number, LeafNode])[] = [];
  for (const subtree of nonBlankSubtrees(tree.root)) {
    if (subtree.type === "leaf" && subtree.node !== undefined) found.push([subtree.index / 2, subtree.node]);
  }
  return found;
}

/** The public key of a node, or `undefined` where it is blank or outside of the tree. */
export function encryptionKeyAt(tree: RatchetTree, index: number): Uint8Array | undefined {
  return index < nodeCountOf(tree.leafCount) ? subtreeAt(tree.root, index).node?.encryptionKey : undefined;
}

/**
 * A member more, at the leftmost blank leaf (RFC 9420 §12.1.1): those who share keys above it do not share them with
 * the new member yet. Throws `too-large` where the tree would get more than 2^14 leaves.
 */
export function addLeaf(tree: RatchetTree, leafNode: LeafNode): { tree: RatchetTree; leafIndex: number } {
  const { tree: roomy, leafIndex } = withRoom(tree);
  const root = withLeaf(
    roomy.root,
    leafIndex,
    leafNode,
    ({ node }) => node && { ...node, unmergedLeaves: withSorted(node.unmergedLeaves, leafIndex) },
  );
  return { tree: { root, leafCount: roomy.leafCount }, leafIndex };
}

/**
 * The leftmost blank leaf, in a tree that is extended where there is none (RFC 9420 §7.7): the place of whoever is
 * added or joins by an external commit. Throws `too-large` where the tree would get more than 2^14 leaves.
 */
export function withRoom(tree: RatchetTree): { tree: RatchetTree; leafIndex: number } {
  let roomy = tree;
  if (tree.root.memberCount === tree.leafCount) {
    if (tree.leafCount === mostLeaves)
      throw new ReadbackError("too-large", "The group has too many members.");
    const right = blankSubtree(tree.root.index + 2 * tree.leafCount);
    roomy = { root: parentSubtree(undefined, tree.root, right), leafCount: 2 * tree.leafCount };
  }
  let [at, leafCount] = [roomy.root, roomy.leafCount];
  while (at.type === "parent") {
    leafCount /= 2;
    at = at.left.memberCount < leafCount ? at.left : at.right;
  }
  return { tree: roomy, leafIndex: at.index / 2 };
}

/** A member's leaf replaced and all parents above it blanked (RFC 9420 §12.1.2). The leaf must not be blank. */
export function updateLeaf(tree: RatchetTree, leafIndex: number, leafNode: LeafNode): RatchetTree {
  requireMember(tree, leafIndex);
  return { ...tree, root: withLeaf(tree.root, leafIndex, leafNode, () => undefined) };
}

/** A member less, all parents above it blanked, and the tree truncated (RFC 9420 §12.1.3). The leaf must not be blank. */
export function removeLeaf(tree: RatchetTree, leafIndex: number): RatchetTree {
  requireMember(tree, leafIndex);
  let root = withLeaf(tree.root, leafIndex, undefined, () => undefined);
  while (root.type === "parent" && root.right.memberCount === 0) root = root.left;
  return { root, leafCount: root.index + 1 };
}

/** The leaf and the parents that an update path sets; all other parents above the leaf are blanked (RFC 9420 §7.5). */
export function withPath(
  tree: RatchetTree,
  leafIndex: number,
  leafNode: LeafNode,
  path: ReadonlyMap<number, ParentNode>,
): RatchetTree {
  return { ...tree, root: withLeaf(tree.root, leafIndex, leafNode, ({ index }) => path.get(index)) };
}

/** Encodes a tree as the `ratchet_tree` extension and files hold it (RFC 9420 §12.4.3.3). */
export function encodeRatchetTree(tree: RatchetTree): Uint8Array {
  return encode(writeTreeNodes, nodesOf(tree.root));
}

/**
 * Decodes a tree. Throws `mls-tree-shape` where its nodes do not form one, `mls-tree-unmerged` where the unmerged
 * leaves of a parent cannot be right, and as reading its nodes does. Whether its keys and signatures are to be trusted
 * is for `tree-validation.ts` to say.
 */
export function decodeRatchetTree(bytes: Uint8Array): RatchetTree {
  const root = subtreeOfNodes(decode(readTreeNodes, bytes));
  return { root, leafCount: root.index + 1 };
}

/** The `ratchet_tree` extension of a GroupInfo; to be read by {@link decodeRatchetTree} of its data. */
export function ratchetTreeExtension(tree: RatchetTree): Extension {
  return { type: extensionTypes.ratchetTree, data: encodeRatchetTree(tree) };
}

function withSorted(leaves: readonly number[], leafIndex: number): number[] {
  const at = leaves.findIndex((other) => other > leafIndex);
  return at < 0 ? [...leaves, leafIndex] : leaves.toSpliced(at, 0, leafIndex);
}

function requireMember(tree: RatchetTree, leafIndex: number): void {
  if (leafAt(tree, leafIndex) === undefined) {
    throw new ReadbackError("invalid-argument", "There is no member at this leaf.");
  }
}
