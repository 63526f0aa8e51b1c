import type { LeafNode } from "./leaf-node.ts";
import { levelOf, nodeOfLeaf } from "./tree-math.ts";
import type { ParentNode } from "./tree-nodes.ts";

/** A place for one member. */
export interface TreeLeaf {
  readonly type: "leaf";
  /** The node index: twice the leaf index. */
  readonly index: number;
  /** `undefined` where the leaf is blank. */
  readonly node: LeafNode | undefined;
  /** Members below: 0 or 1. */
  readonly memberCount: number;
  readonly isBlank: boolean;
}

/** A parent with everything below it. */
export interface TreeParent {
  readonly type: "parent";
  /** The node index, odd. */
  readonly index: number;
  /** `undefined` where the parent is blank. */
  readonly node: ParentNode | undefined;
  readonly left: Subtree;
  readonly right: Subtree;
  /** Leaves below that are not blank. */
  readonly memberCount: number;
  /** Whether this node and all nodes below are blank, that is its resolution is empty (RFC 9420 §4.1.1). */
  readonly isBlank: boolean;
}

/**
 * A full binary tree whose place never changes. Immutable, so versions of a tree share all that did not change, and
 * whatever is computed of a subtree, like its hash, holds for as long as it exists.
 */
export type Subtree = TreeLeaf | TreeParent;

/** A leaf at its place. */
export function leafSubtree(leafIndex: number, node: LeafNode | undefined): TreeLeaf {
  const isBlank = node === undefined;
  return { type: "leaf", index: nodeOfLeaf(leafIndex), node, memberCount: isBlank ? 0 : 1, isBlank };
}

/** A parent over two neighbours of the same height. */
export function parentSubtree(node: ParentNode | undefined, left: Subtree, right: Subtree): TreeParent {
  return {
    type: "parent",
    index: (left.index + right.index) / 2,
    node,
    left,
    right,
    memberCount: left.memberCount + right.memberCount,
    isBlank: node === undefined && left.isBlank && right.isBlank,
  };
}

/** The blank subtree of a node. */
export function blankSubtree(index: number): Subtree {
  const level = levelOf(index);
  if (level === 0) return leafSubtree(index / 2, undefined);
  const half = 1 << (level - 1);
  return parentSubtree(undefined, blankSubtree(index - half), blankSubtree(index + half));
}

/** The child of a parent that leads to a leaf below it. */
export function childTowards(parent: TreeParent, leafIndex: number): Subtree {
  return nodeOfLeaf(leafIndex) < parent.index ? parent.left : parent.right;
}

/** The other child. */
export function childAwayFrom(parent: TreeParent, leafIndex: number): Subtree {
  return nodeOfLeaf(leafIndex) < parent.index ? parent.right : parent.left;
}

/** The member at a leaf below `subtree`, or `undefined` where the leaf is blank. */
export function leafIn(subtree: Subtree, leafIndex: number): LeafNode | undefined {
  let at = subtree;
  while (at.type === "parent") at = childTowards(at, leafIndex);
  return at.node;
}

/** The part of `subtree` at a node index that is inside of it. */
export function subtreeAt(subtree: Subtree, index: number): Subtree {
  let at = subtree;
  while (at.type === "parent" && at.index !== index) at = index < at.index ? at.left : at.right;
  return at;
}

/** Every part of `subtree` that is not all blank, children before their parents. */
export function nonBlankSubtrees(subtree: Subtree): Subtree[] {
  const found: Subtree[] = [];
  const visit = (at: Subtree): void => {
    if (at.isBlank) return;
    if (at.type === "parent") {
      visit(at.left);
      visit(at.right);
    }
    found.push(at);
  };
  visit(subtree);
  return found;
}

/** `subtree` with another leaf, and with every parent above it as `parentAt` says. */
export function withLeaf(
  subtree: Subtree,
  leafIndex: number,
  leafNode: LeafNode | undefined,
  parentAt: (parent: TreeParent) => ParentNode | undefined,
): Subtree {
  if (subtree.type === "leaf") return leafSubtree(leafIndex, leafNode);
  const changed = withLeaf(childTowards(subtree, leafIndex), leafIndex, leafNode, parentAt);
  const isLeft = changed.index < subtree.index;
  return parentSubtree(parentAt(subtree), isLeft ? changed : subtree.left, isLeft ? subtree.right : changed);
}
