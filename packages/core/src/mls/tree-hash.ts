import { Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { encodedLeafNode, type LeafNode } from "./leaf-node.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { Subtree } from "./subtree.ts";
import { type ParentNode, writeParentNode } from "./tree-nodes.ts";

// Subtrees are immutable and keep their place, so a hash is computed once; a change costs those above it, O(log N).
const hashes = new WeakMap<Subtree, Uint8Array>();

/** The hash of a whole tree, as the group context holds it (RFC 9420 §7.8). Shared: not to be changed. */
export function treeHashOf(suite: CipherSuite, tree: RatchetTree): Uint8Array {
  return subtreeHash(suite, tree.root);
}

/** The tree hash of a node (RFC 9420 §7.8). Shared: not to be changed. */
export function subtreeHash(suite: CipherSuite, subtree: Subtree): Uint8Array {
  const known = hashes.get(subtree);
  if (known !== undefined) return known;
  const made =
    subtree.type === "leaf"
      ? hashOfLeaf(suite, subtree.index / 2, subtree.node)
      : hashOfParent(
          suite,
          subtree.node,
          subtreeHash(suite, subtree.left),
          subtreeHash(suite, subtree.right),
        );
  hashes.set(subtree, made);
  return made;
}

/** The hash of a leaf (RFC 9420 §7.8, LeafNodeHashInput). */
export function hashOfLeaf(suite: CipherSuite, leafIndex: number, leaf: LeafNode | undefined): Uint8Array {
  const encoded = leaf && encodedLeafNode(leaf);
  const writer = new Writer(6 + (encoded?.length ?? 0)).u8(1).u32(leafIndex);
  return suite.hash.digest(writer.optional(encoded, (w, bytes) => w.raw(bytes)).finish());
}

/** The hash of a parent with these children (RFC 9420 §7.8, ParentNodeHashInput). */
export function hashOfParent(
  suite: CipherSuite,
  parent: ParentNode | undefined,
  left: Uint8Array,
  right: Uint8Array,
): Uint8Array {
  const writer = new Writer(256).u8(2).optional(parent, writeParentNode);
  return suite.hash.digest(writer.bytes(left).bytes(right).finish());
}
