import assert from "node:assert/strict";
import { leftOf, nodeCountOf, parentOf, rightOf, rootOf, siblingOf } from "../../../src/mls/tree-math.ts";
import type { Outcome } from "./tools.ts";

interface TreeMathCase {
  n_leaves: number;
  n_nodes: number;
  root: number;
  left: (number | null)[];
  right: (number | null)[];
  parent: (number | null)[];
  sibling: (number | null)[];
}

/** Runs one case of `tree-math.json`. */
export function run(vector: unknown): Outcome {
  const { n_leaves, n_nodes, root, left, right, parent, sibling } = vector as TreeMathCase;
  assert.equal(nodeCountOf(n_leaves), n_nodes);
  assert.equal(rootOf(n_leaves), root);
  const nodes = Array.from({ length: n_nodes }, (_, node) => node);
  const all = (of: (node: number) => number | undefined) => nodes.map((node) => of(node) ?? null);
  assert.deepEqual(all(leftOf), left);
  assert.deepEqual(all(rightOf), right);
  assert.deepEqual(
    all((node) => parentOf(node, n_leaves)),
    parent,
  );
  assert.deepEqual(
    all((node) => siblingOf(node, n_leaves)),
    sibling,
  );
  return "passed";
}
