import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import { decode } from "../../../src/codec/reader.ts";
import { type Proposal, readProposal } from "../../../src/mls/proposal.ts";
import {
  addLeaf,
  decodeRatchetTree,
  encodeRatchetTree,
  type RatchetTree,
  removeLeaf,
  updateLeaf,
} from "../../../src/mls/ratchet-tree.ts";
import { treeHashOf } from "../../../src/mls/tree-hash.ts";
import { assertHex, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface TreeOperationsCase {
  cipher_suite: number;
  tree_before: string;
  proposal: string;
  proposal_sender: number;
  tree_hash_before: string;
  tree_after: string;
  tree_hash_after: string;
}

/** Runs one case of `tree-operations.json`. */
export function run(vector: unknown): Outcome {
  const given = vector as TreeOperationsCase;
  const suite = suiteOf(given.cipher_suite);
  if (suite === undefined) return skippedSuite(given.cipher_suite);
  const before = decodeRatchetTree(fromHex(given.tree_before));
  assertHex(treeHashOf(suite, before), given.tree_hash_before, "tree_hash_before");
  const after = apply(before, decode(readProposal, fromHex(given.proposal)), given.proposal_sender);
  assertHex(encodeRatchetTree(after), given.tree_after, "tree_after");
  assertHex(treeHashOf(suite, after), given.tree_hash_after, "tree_hash_after");
  assertHex(encodeRatchetTree(before), given.tree_before, "the tree before is as it was");
  return "passed";
}

function apply(tree: RatchetTree, proposal: Proposal, sender: number): RatchetTree {
  if (proposal.type === "add") return addLeaf(tree, proposal.keyPackage.leafNode).tree;
  if (proposal.type === "update") return updateLeaf(tree, sender, proposal.leafNode);
  if (proposal.type === "remove") return removeLeaf(tree, proposal.removed);
  return assert.fail(`a tree operation cannot be ${proposal.type}`);
}
