import { decode } from "../../../src/codec/reader.ts";
import { parentOf } from "../../../src/mls/tree-math.ts";
import { readTreeNodes, type TreeNode } from "../../../src/mls/tree-nodes.ts";

/**
 * Whether ts-mls 1.6.4 refuses to join a group with this tree although RFC 9420 allows it: of a leaf that a node has
 * unmerged it demands the same list of unmerged leaves in every node above the leaf, and not just, as §12.4.3.1 does,
 * that the nodes between the two name the leaf.
 */
export function refusesTree(tree: Uint8Array): boolean {
  const nodes = decode(readTreeNodes, tree);
  let leafCount = 1;
  while (2 * leafCount - 1 < nodes.length) leafCount *= 2;
  return nodes.some((node) =>
    unmergedIn(node).some((leafIndex) => {
      for (let above = parentOf(2 * leafIndex, leafCount); above !== undefined; ) {
        const other = nodes[above];
        if (other !== undefined && `${unmergedIn(other)}` !== `${unmergedIn(node)}`) return true;
        above = parentOf(above, leafCount);
      }
      return false;
    }),
  );
}

/**
 * Whether ts-mls 1.6.4 goes astray where somebody brings fresh keys to a tree with just these leaves: with nobody in
 * the left half, the root gets no key, and the commit secret is derived from the last path secret there is
 * (RFC 9420 §12.4.1); the peer goes on to the root nevertheless.
 */
export function missesRoot(leaves: ReadonlySet<number>): boolean {
  const last = Math.max(...leaves);
  const rightHalf = last === 0 ? 0 : 2 ** Math.floor(Math.log2(last));
  return [...leaves].every((leafIndex) => leafIndex >= rightHalf) && leaves.size > 1;
}

/** The leaf indices of all members. */
export function leavesIn(tree: Uint8Array): Set<number> {
  const leaves = decode(readTreeNodes, tree).flatMap((node, index) =>
    node?.type === "leaf" ? index / 2 : [],
  );
  return new Set(leaves);
}

function unmergedIn(node: TreeNode | undefined): readonly number[] {
  return node?.type === "parent" ? node.parentNode.unmergedLeaves : [];
}
