import { refusal } from "./rule.ts";
import {
  blankSubtree,
  childTowards,
  leafIn,
  leafSubtree,
  parentSubtree,
  type Subtree,
  type TreeParent,
} from "./subtree.ts";
import { isUnder, nodeCountOf } from "./tree-math.ts";
import { isUnmerged, type ParentNode, type TreeNode } from "./tree-nodes.ts";

/**
 * The tree that nodes in the order of their indices form (RFC 9420 §12.4.3.3), blank nodes added on the right.
 * Throws `mls-tree-shape` unless leaves and parents take turns and the last node is a leaf that is not blank: a tree
 * whose right half has no member would have been truncated. Throws `mls-tree-unmerged` unless the unmerged leaves of
 * every parent are sorted members below it that the parents in between list as well (RFC 9420 §7.1, §12.4.3.1).
 */
export function subtreeOfNodes(nodes: readonly (TreeNode | undefined)[]): Subtree {
  if (nodes.at(-1)?.type !== "leaf") throw refusal("mls-tree-shape");
  let leafCount = 1;
  while (nodeCountOf(leafCount) < nodes.length) leafCount *= 2;
  return subtreeFrom(nodes, leafCount - 1, leafCount);
}

/** The nodes of a tree in the order of their indices, without blank ones at the end. */
export function nodesOf(root: Subtree): (TreeNode | undefined)[] {
  const nodes: (TreeNode | undefined)[] = [];
  collect(root, nodes);
  while (nodes.length > 0 && nodes.at(-1) === undefined) nodes.pop();
  return nodes;
}

function subtreeFrom(nodes: readonly (TreeNode | undefined)[], index: number, leafCount: number): Subtree {
  if (index - leafCount + 1 >= nodes.length) return blankSubtree(index);
  const node = nodes[index];
  if (leafCount === 1) {
    if (node?.type === "parent") throw refusal("mls-tree-shape");
    return leafSubtree(index / 2, node?.leafNode);
  }
  if (node?.type === "leaf") throw refusal("mls-tree-shape");
  const half = leafCount / 2;
  const left = subtreeFrom(nodes, index - half, half);
  const right = subtreeFrom(nodes, index + half, half);
  const subtree = parentSubtree(node?.parentNode, left, right);
  checkUnmerged(subtree);
  return subtree;
}

function checkUnmerged(parent: TreeParent): void {
  let last = -1;
  for (const leafIndex of parent.node?.unmergedLeaves ?? []) {
    const isMember = isUnder(leafIndex, parent.index) && leafIn(parent, leafIndex) !== undefined;
    if (leafIndex <= last || !isMember) throw refusal("mls-tree-unmerged");
    last = leafIndex;
    // Parents further down were checked before: what the next one lists, they list as well.
    const below = nextParent(childTowards(parent, leafIndex), leafIndex);
    if (below !== undefined && !isUnmerged(below, leafIndex)) throw refusal("mls-tree-unmerged");
  }
}

/** The highest parent on the way down to a leaf that is not blank, `from` itself included. */
function nextParent(from: Subtree, leafIndex: number): ParentNode | undefined {
  let at = from;
  while (at.type === "parent" && at.node === undefined) at = childTowards(at, leafIndex);
  return at.type === "parent" ? at.node : undefined;
}

function collect(subtree: Subtree, nodes: (TreeNode | undefined)[]): void {
  if (subtree.type === "leaf") {
    nodes.push(subtree.node && { type: "leaf", leafNode: subtree.node });
    return;
  }
  collect(subtree.left, nodes);
  nodes.push(subtree.node && { type: "parent", parentNode: subtree.node });
  collect(subtree.right, nodes);
}
