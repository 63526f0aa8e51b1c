import { sameBytes } from "../codec/bytes.ts";
import { encryptionKeyAt, type RatchetTree } from "./ratchet-tree.ts";
import { items, type SparseArray, withItems } from "./sparse-array.ts";

/** Private keys of one member by node index: of its leaf, and of parents whose secret it has learned. */
export type TreeKeys = SparseArray<Uint8Array>;

/** Keys that still fit a tree, and the others. */
export interface KeptKeys {
  readonly keys: TreeKeys;
  /** To be overwritten once the new tree is durable. */
  readonly dropped: readonly Uint8Array[];
}

/** Leaves out the keys of nodes that were blanked, replaced or truncated between two versions of a tree (RFC 9420 §7.5). */
export function keepKeys(keys: TreeKeys, before: RatchetTree, after: RatchetTree): KeptKeys {
  const gone: (readonly [number, undefined])[] = [];
  const dropped: Uint8Array[] = [];
  for (const [index, privateKey] of items(keys)) {
    const [old, now] = [encryptionKeyAt(before, index), encryptionKeyAt(after, index)];
    if (old !== undefined && now !== undefined && sameBytes(old, now)) continue;
    gone.push([index, undefined]);
    dropped.push(privateKey);
  }
  return { keys: gone.length === 0 ? keys : withItems(keys, gone), dropped };
}
