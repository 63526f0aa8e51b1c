import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import type { LeafNode } from "./leaf-node.ts";
import { leafAt, type RatchetTree } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";
import { nonBlankSubtrees } from "./subtree.ts";

/**
 * Throws `mls-path-key` unless the keys of an update path may be used, differ from one another and are nowhere in the
 * tree that it goes into (RFC 9420 §12.4.2).
 */
export function checkFreshKeys(suite: CipherSuite, tree: RatchetTree, keys: readonly Uint8Array[]): void {
  const fresh = new KeyIndex<number>();
  for (const [at, key] of keys.entries()) {
    if (!suite.kem.isPublicKey(key) || fresh.find(key) !== undefined) throw refusal("mls-path-key");
    fresh.add(key, at);
  }
  for (const { node } of nonBlankSubtrees(tree.root)) {
    if (node !== undefined && fresh.find(node.encryptionKey) !== undefined) throw refusal("mls-path-key");
  }
}

/**
 * Throws `mls-leaf-signature-key`, `mls-leaf-encryption-key` or `mls-tree-key` where a key of one of these leaves is
 * also elsewhere in the tree (RFC 9420 §7.3): the check for leaves that are new in a tree that was checked before.
 */
export function checkLeafKeys(tree: RatchetTree, leafIndexes: readonly number[]): void {
  const signatureKeys = new KeyIndex<LeafNode>();
  const encryptionKeys = new KeyIndex<LeafNode>();
  for (const leaf of leafIndexes.map((leafIndex) => leafAt(tree, leafIndex))) {
    if (leaf === undefined) continue;
    signatureKeys.add(leaf.signatureKey, leaf);
    encryptionKeys.add(leaf.encryptionKey, leaf);
  }
  // A key finds the first leaf that has it, so where two of these leaves share one, the second meets the first here.
  for (const { type, node } of nonBlankSubtrees(tree.root)) {
    if (node === undefined) continue;
    const holder = encryptionKeys.find(node.encryptionKey);
    if (type === "parent" && holder !== undefined) throw refusal("mls-tree-key");
    if (type === "leaf" && holder !== undefined && holder !== node) throw refusal("mls-leaf-encryption-key");
    if (type === "leaf") {
      const signer = signatureKeys.find(node.signatureKey);
      if (signer !== undefined && signer !== node) throw refusal("mls-leaf-signature-key");
    }
  }
}

/**
 * Throws `mls-leaf-signature-key`, `mls-leaf-encryption-key` or `mls-tree-key` where any key is twice in a tree
 * (RFC 9420 §7.3, §12.4.3.1): the check for a whole tree that comes from elsewhere.
 */
export function checkAllKeys(tree: RatchetTree): void {
  const signatureKeys = new Set<string>();
  const leafKeys = new Set<string>();
  const parentKeys = new Set<string>();
  for (const subtree of nonBlankSubtrees(tree.root)) {
    if (subtree.node === undefined) continue;
    const key = hex(subtree.node.encryptionKey);
    if (subtree.type === "leaf") {
      if (isTwice(signatureKeys, hex(subtree.node.signatureKey))) throw refusal("mls-leaf-signature-key");
      if (isTwice(leafKeys, key)) throw refusal("mls-leaf-encryption-key");
    } else if (isTwice(parentKeys, key)) throw refusal("mls-tree-key");
  }
  for (const key of parentKeys) if (leafKeys.has(key)) throw refusal("mls-tree-key");
}

function isTwice(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

/** Finds few keys among many without making a string of each. */
class KeyIndex<T> {
  readonly #buckets = new Map<number, { readonly key: Uint8Array; readonly value: T }[]>();

  add(key: Uint8Array, value: T): void {
    const bucket = this.#buckets.get(ending(key));
    if (bucket === undefined) this.#buckets.set(ending(key), [{ key, value }]);
    else bucket.push({ key, value });
  }

  find(key: Uint8Array): T | undefined {
    return this.#buckets.get(ending(key))?.find((entry) => sameBytes(entry.key, key))?.value;
  }
}

/** The last bytes of a key: the first ones may be the same in all keys of a suite. */
function ending(key: Uint8Array): number {
  const end = key.length;
  return (
    ((key[end - 1] ?? 0) << 24) |
    ((key[end - 2] ?? 0) << 16) |
    ((key[end - 3] ?? 0) << 8) |
    (key[end - 4] ?? 0)
  );
}
