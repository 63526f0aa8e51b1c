import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { type LeafNode, readLeafNode, writeLeafNode } from "./leaf-node.ts";
import { mostLeaves } from "./limits.ts";
import { nodeCountOf } from "./tree-math.ts";

/** A key that the members below a node share (RFC 9420 §7.1). Immutable. */
export interface ParentNode {
  readonly encryptionKey: Uint8Array;
  /** Of the next node above it in the update path that set it; empty for the root. */
  readonly parentHash: Uint8Array;
  /** Leaf indices of members below it who do not have its private key, ascending. */
  readonly unmergedLeaves: readonly number[];
}

/** A node of a tree that is not blank (RFC 9420 §12.4.3.3). */
export type TreeNode =
  | { readonly type: "leaf"; readonly leafNode: LeafNode }
  | { readonly type: "parent"; readonly parentNode: ParentNode };

const leaf = 1;
const parent = 2;

/** Encodes the nodes of a tree in the order of their indices; `undefined` is a blank node. */
export function writeTreeNodes(writer: Writer, nodes: readonly (TreeNode | undefined)[]): void {
  writer.list(nodes, (w, node) => w.optional(node, writeTreeNode));
}

/**
 * Decodes the nodes of a tree, whether or not they form one. Throws `too-large` over 2^14 leaves, `malformed` or
 * `mls-extension-duplicate`.
 */
export function readTreeNodes(reader: Reader): (TreeNode | undefined)[] {
  return reader.list((r) => r.optional(readTreeNode), nodeCountOf(mostLeaves));
}

/** Whether a member below a parent does not have its private key. Takes O(log n), since the list is ascending. */
export function isUnmerged({ unmergedLeaves }: ParentNode, leafIndex: number): boolean {
  let [from, to] = [0, unmergedLeaves.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((unmergedLeaves[middle] as number) < leafIndex) from = middle + 1;
    else to = middle;
  }
  return unmergedLeaves[from] === leafIndex;
}

/** Encodes a parent node. */
export function writeParentNode(writer: Writer, node: ParentNode): void {
  writer.bytes(node.encryptionKey).bytes(node.parentHash);
  writer.list(node.unmergedLeaves, (w, leafIndex) => w.u32(leafIndex));
}

function writeTreeNode(writer: Writer, node: TreeNode): void {
  if (node.type === "leaf") writeLeafNode(writer.u8(leaf), node.leafNode);
  else writeParentNode(writer.u8(parent), node.parentNode);
}

function readTreeNode(reader: Reader): TreeNode {
  const type = reader.u8();
  if (type === leaf) return { type: "leaf", leafNode: readLeafNode(reader) };
  if (type !== parent) throw new ReadbackError("malformed", "A node of a tree is neither leaf nor parent.");
  const parentNode = {
    encryptionKey: reader.bytes(),
    parentHash: reader.bytes(),
    unmergedLeaves: reader.list((r) => r.u32(), mostLeaves),
  };
  return { type: "parent", parentNode };
}
