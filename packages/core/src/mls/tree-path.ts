import type { RatchetTree } from "./ratchet-tree.ts";
import { childAwayFrom, childTowards, leafIn, type Subtree } from "./subtree.ts";
import { nodeOfLeaf } from "./tree-math.ts";

/** A node that stands for members: whoever holds its private key can read what is encrypted to it. */
export interface ResolvedNode {
  readonly index: number;
  readonly encryptionKey: Uint8Array;
}

/** A node of a filtered direct path. */
export interface PathNode {
  /** The node index. */
  readonly index: number;
  /** The child that is not above the leaf of the path. */
  readonly copath: Subtree;
}

/** No leaves. */
export const noLeaves: ReadonlySet<number> = new Set();

/**
 * The filtered direct path of a leaf, lowest node first: the parents above it whose other child is not all blank
 * (RFC 9420 §4.1.2).
 */
export function filteredDirectPath(tree: RatchetTree, leafIndex: number): PathNode[] {
  const path: PathNode[] = [];
  let at = tree.root;
  while (at.type === "parent") {
    const copath = childAwayFrom(at, leafIndex);
    if (!copath.isBlank) path.push({ index: at.index, copath });
    at = childTowards(at, leafIndex);
  }
  return path.reverse();
}

/**
 * The resolution of a node: the fewest nodes that cover all members below it (RFC 9420 §4.1.1), in order.
 *
 * @param without - leaf indices to leave out: the members that a commit adds get their secrets from the Welcome
 */
export function resolutionOf(subtree: Subtree, without: ReadonlySet<number> = noLeaves): ResolvedNode[] {
  const nodes: ResolvedNode[] = [];
  resolve(subtree, without, nodes);
  return nodes;
}

function resolve(subtree: Subtree, without: ReadonlySet<number>, nodes: ResolvedNode[]): void {
  if (subtree.isBlank) return;
  const { index, node } = subtree;
  if (subtree.type === "leaf") {
    if (node !== undefined && !without.has(index / 2))
      nodes.push({ index, encryptionKey: node.encryptionKey });
  } else if (subtree.node === undefined) {
    resolve(subtree.left, without, nodes);
    resolve(subtree.right, without, nodes);
  } else {
    nodes.push({ index, encryptionKey: subtree.node.encryptionKey });
    for (const leafIndex of subtree.node.unmergedLeaves) {
      const leaf = without.has(leafIndex) ? undefined : leafIn(subtree, leafIndex);
      if (leaf !== undefined) nodes.push({ index: nodeOfLeaf(leafIndex), encryptionKey: leaf.encryptionKey });
    }
  }
}
