// Node indices of the array form of a full binary tree: leaf `n` is node `2n`, parents are odd (RFC 9420, appendix C).

/** The height of a node above the leaves. */
export function levelOf(node: number): number {
  return 31 - Math.clz32((node + 1) & -(node + 1));
}

/** The root of a tree of `leafCount` leaves, a power of two. */
export function rootOf(leafCount: number): number {
  return leafCount - 1;
}

/** How many nodes a tree of `leafCount` leaves has. */
export function nodeCountOf(leafCount: number): number {
  return 2 * leafCount - 1;
}

/** The node of a leaf. */
export function nodeOfLeaf(leafIndex: number): number {
  return 2 * leafIndex;
}

/** The left child of a node, or `undefined` for a leaf. */
export function leftOf(node: number): number | undefined {
  const level = levelOf(node);
  return level === 0 ? undefined : node - (1 << (level - 1));
}

/** The right child of a node, or `undefined` for a leaf. */
export function rightOf(node: number): number | undefined {
  const level = levelOf(node);
  return level === 0 ? undefined : node + (1 << (level - 1));
}

/** The parent of a node in a tree of `leafCount` leaves, or `undefined` for its root. */
export function parentOf(node: number, leafCount: number): number | undefined {
  if (node === rootOf(leafCount)) return undefined;
  const step = 1 << levelOf(node);
  return (node & (step << 1)) === 0 ? node + step : node - step;
}

/** The other child of a node's parent in a tree of `leafCount` leaves, or `undefined` for its root. */
export function siblingOf(node: number, leafCount: number): number | undefined {
  const parent = parentOf(node, leafCount);
  if (parent === undefined) return undefined;
  return node < parent ? rightOf(parent) : leftOf(parent);
}

/** Whether a leaf is under a node, or is that node. */
export function isUnder(leafIndex: number, node: number): boolean {
  const reach = (1 << levelOf(node)) - 1;
  return Math.abs(nodeOfLeaf(leafIndex) - node) <= reach;
}

/** The lowest node that is above both leaves; for one leaf given twice its own node. */
export function commonAncestorOf(leaf: number, otherLeaf: number): number {
  let [a, b, level] = [nodeOfLeaf(leaf), nodeOfLeaf(otherLeaf), 0];
  if (a === b) return a;
  while (a !== b) [a, b, level] = [a >>> 1, b >>> 1, level + 1];
  return (a << level) + (1 << (level - 1)) - 1;
}
