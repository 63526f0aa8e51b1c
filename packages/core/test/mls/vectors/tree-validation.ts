import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import { isLeafSignatureValid } from "../../../src/mls/leaf-node.ts";
import { isParentHashValid } from "../../../src/mls/parent-hash.ts";
import { decodeRatchetTree, encodeRatchetTree, members } from "../../../src/mls/ratchet-tree.ts";
import { subtreeAt } from "../../../src/mls/subtree.ts";
import { subtreeHash } from "../../../src/mls/tree-hash.ts";
import { checkAllKeys } from "../../../src/mls/tree-key-check.ts";
import { resolutionOf } from "../../../src/mls/tree-path.ts";
import { assertHex, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface TreeValidationCase {
  cipher_suite: number;
  tree: string;
  group_id: string;
  tree_hashes: string[];
  resolutions: number[][];
}

/** Runs one case of `tree-validation.json`. */
export function run(vector: unknown): Outcome {
  const given = vector as TreeValidationCase;
  const suite = suiteOf(given.cipher_suite);
  if (suite === undefined) return skippedSuite(given.cipher_suite);
  const groupId = fromHex(given.group_id);
  const tree = decodeRatchetTree(fromHex(given.tree));
  assertHex(encodeRatchetTree(tree), given.tree, "tree");
  for (const [index, expected] of given.tree_hashes.entries()) {
    const subtree = subtreeAt(tree.root, index);
    assert.equal(subtree.index, index);
    assertHex(subtreeHash(suite, subtree), expected, `tree hash of node ${index}`);
    const resolution = resolutionOf(subtree).map((node) => node.index);
    assert.deepEqual(resolution, given.resolutions[index], `resolution of node ${index}`);
  }
  assert.equal(given.tree_hashes.length, 2 * tree.leafCount - 1);
  assert.ok(isParentHashValid(suite, tree), "parent hashes");
  for (const [leafIndex, leaf] of members(tree)) {
    assert.ok(isLeafSignatureValid(suite, leaf, { groupId, leafIndex }), `signature of leaf ${leafIndex}`);
  }
  checkAllKeys(tree);
  return "passed";
}
