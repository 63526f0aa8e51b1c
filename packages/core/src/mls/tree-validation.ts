import { sameBytes } from "../codec/bytes.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import type { CredentialValidator } from "./credential.ts";
import type { GroupContext } from "./group-context.ts";
import { validateCredentialTypes, validateLeafNode, validateLeafSupport } from "./leaf-validation.ts";
import { isParentHashValid } from "./parent-hash.ts";
import { members, type RatchetTree } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";
import { treeHashOf } from "./tree-hash.ts";
import { checkAllKeys } from "./tree-key-check.ts";

/** What a tree from elsewhere is judged by. */
export interface TreeValidation {
  readonly credentials: CredentialValidator;
  /** Milliseconds since 1970, see `LeafValidation`. */
  readonly now?: number | undefined;
  /** In seconds, see `LeafValidation`. */
  readonly longestLifetime?: bigint | undefined;
}

/**
 * What everybody checks of a tree that comes from elsewhere, before joining or following a group (RFC 9420 §12.4.3.1).
 * The shape and the unmerged leaves were checked when the tree was decoded. Throws `mls-tree-hash`,
 * `mls-leaf-signature-key`, `mls-leaf-encryption-key`, `mls-tree-key`, `mls-tree-parent-hash`, and what
 * `validateLeafNode`, `validateLeafSupport` and `validateCredentialTypes` throw.
 *
 * @param context - of the group, from a GroupInfo whose signature the caller checks
 */
export function validateTree(
  suite: CipherSuite,
  tree: RatchetTree,
  context: GroupContext,
  validation: TreeValidation,
): void {
  if (!sameBytes(treeHashOf(suite, tree), context.treeHash)) throw refusal("mls-tree-hash");
  checkAllKeys(tree);
  validateCredentialTypes(tree);
  if (!isParentHashValid(suite, tree)) throw refusal("mls-tree-parent-hash");
  for (const [leafIndex, leaf] of members(tree)) {
    validateLeafSupport(leaf, context.extensions);
    validateLeafNode(suite, leaf, { ...validation, place: { groupId: context.groupId, leafIndex } });
  }
}
