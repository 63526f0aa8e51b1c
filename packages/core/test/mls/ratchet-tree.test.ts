import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import { encode } from "../../src/codec/writer.ts";
import type { LeafNode } from "../../src/mls/leaf-node.ts";
import { mostLeaves } from "../../src/mls/limits.ts";
import { isParentHashValid } from "../../src/mls/parent-hash.ts";
import {
  addLeaf,
  decodeRatchetTree,
  encodeRatchetTree,
  leafAt,
  memberCountOf,
  members,
  type RatchetTree,
  removeLeaf,
  treeOf,
  updateLeaf,
} from "../../src/mls/ratchet-tree.ts";
import { blankSubtree, nonBlankSubtrees, parentSubtree, type Subtree } from "../../src/mls/subtree.ts";
import { treeHashOf } from "../../src/mls/tree-hash.ts";
import { checkAllKeys } from "../../src/mls/tree-key-check.ts";
import { commonAncestorOf, isUnder, parentOf } from "../../src/mls/tree-math.ts";
import { writeTreeNodes } from "../../src/mls/tree-nodes.ts";
import { nodesOf } from "../../src/mls/tree-shape.ts";
import { validateTree } from "../../src/mls/tree-validation.ts";
import {
  client,
  coldTree,
  contextOf,
  everybody,
  freshPath,
  suite,
  warmTree,
  withFreshPath,
} from "./tree-kit.ts";

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), at: fc.nat() }) },
    fc.record({ kind: fc.constantFrom("remove" as const, "update" as const), at: fc.nat() }),
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("path" as const), at: fc.nat() }) },
  ),
  { minLength: 1, maxLength: 40 },
);

test("any history: leaves as a plain list says, hashes as of a fresh copy, joiners can trust it", () => {
  fc.assert(
    fc.property(steps, (history) => {
      let tree: RatchetTree = treeOf(client("0").leaf);
      const list: (LeafNode | undefined)[] = [leafAt(tree, 0)];
      const clients = [client("0")];
      let made = 1;
      for (const { kind, at } of history) {
        const before = tree;
        const bytesBefore = hex(encodeRatchetTree(before));
        const present = members(tree).map(([leafIndex]) => leafIndex);
        const leafIndex = present[at % present.length] as number;
        if (kind === "add") {
          const joiner = client(`${made++}`);
          const blank = list.indexOf(undefined);
          const added = addLeaf(tree, joiner.leaf);
          expect(added.leafIndex).toBe(blank < 0 ? list.length : blank);
          tree = added.tree;
          list[added.leafIndex] = joiner.leaf;
          clients[added.leafIndex] = joiner;
        } else if (kind === "update") {
          // Signed by a new key: in a real group the source would be `update`.
          const renewed = client(`${made++}`);
          tree = updateLeaf(tree, leafIndex, renewed.leaf);
          list[leafIndex] = renewed.leaf;
          clients[leafIndex] = renewed;
        } else if (kind === "remove" && present.length > 1) {
          tree = removeLeaf(tree, leafIndex);
          list[leafIndex] = undefined;
          while (list.at(-1) === undefined) list.pop();
        } else if (kind === "path") {
          tree = freshPath(tree, clients, leafIndex, undefined, made++).tree;
          list[leafIndex] = leafAt(tree, leafIndex);
        }
        expect(members(tree)).toEqual([...list.entries()].filter(([, leaf]) => leaf !== undefined));
        expect(memberCountOf(tree)).toBe(list.filter((leaf) => leaf !== undefined).length);
        expect(tree.leafCount).toBe(2 ** Math.ceil(Math.log2(list.length)));
        const copy = decodeRatchetTree(encodeRatchetTree(tree));
        expect(hex(treeHashOf(suite, copy))).toBe(hex(treeHashOf(suite, tree)));
        expect(hex(encodeRatchetTree(copy))).toBe(hex(encodeRatchetTree(tree)));
        expect(hex(encodeRatchetTree(before))).toBe(bytesBefore);
        expect(isParentHashValid(suite, copy)).toBe(true);
        checkAllKeys(copy);
      }
      validateTree(suite, tree, contextOf(tree), { credentials: everybody });
    }),
    { numRuns: 60 },
  );
});

describe("structural sharing", () => {
  const { tree, clients } = warmTree(64, [0, 17, 40]);
  const parts = (at: RatchetTree): Set<Subtree> => new Set(nonBlankSubtrees(at.root));
  const newParts = (after: RatchetTree): number => {
    const old = parts(tree);
    return [...parts(after)].filter((part) => !old.has(part)).length;
  };

  test("a change makes only the path to the leaf anew", () => {
    expect(newParts(updateLeaf(tree, 5, client("new").leaf))).toBeLessThanOrEqual(7);
    expect(newParts(withFreshPath(tree, clients, 5))).toBe(7);
    expect(newParts(removeLeaf(tree, 5))).toBeLessThanOrEqual(7);
  });

  test("a change costs the hashes of the path and no others", () => {
    let digests = 0;
    const counting = {
      ...suite,
      hash: {
        ...suite.hash,
        digest: (data: Uint8Array) => {
          digests += 1;
          return suite.hash.digest(data);
        },
      },
    };
    treeHashOf(counting, tree);
    digests = 0;
    treeHashOf(counting, updateLeaf(tree, 5, client("new").leaf));
    expect(digests).toBe(7);
  });
});

test("a new member is put in order among the unmerged leaves, whoever made the tree", () => {
  const { tree } = coldTree(4);
  const { encryptionKey } = client("parent").leaf;
  const nodes = nodesOf(tree.root);
  nodes[2] = undefined;
  nodes[3] = {
    type: "parent",
    parentNode: { encryptionKey, parentHash: new Uint8Array(0), unmergedLeaves: [3] },
  };
  const { tree: grown, leafIndex } = addLeaf(
    decodeRatchetTree(encode(writeTreeNodes, nodes)),
    client("x").leaf,
  );
  expect(leafIndex).toBe(1);
  expect(nodesOf(grown.root)[3]).toMatchObject({ parentNode: { unmergedLeaves: [1, 3] } });
});

describe("limits", () => {
  test("a tree grows to 2^14 leaves and not further", () => {
    const { leaf } = client("0");
    const full = (from: number, leafCount: number): Subtree =>
      leafCount === 1
        ? ({ ...blankSubtree(2 * from), node: leaf, memberCount: 1, isBlank: false } as Subtree)
        : parentSubtree(undefined, full(from, leafCount / 2), full(from + leafCount / 2, leafCount / 2));
    const largest = { root: full(0, mostLeaves), leafCount: mostLeaves };
    expect(() => addLeaf(largest, leaf)).toThrow(expect.objectContaining({ code: "too-large" }));
    expect(addLeaf(removeLeaf(largest, 77), leaf).leafIndex).toBe(77);
  });

  test("a larger tree is refused while it is read", () => {
    // 2^15 blank nodes, one byte each.
    const bytes = new Uint8Array(4 + 2 * mostLeaves);
    new DataView(bytes.buffer).setUint32(0, 0x80000000 + 2 * mostLeaves);
    expect(() => decodeRatchetTree(bytes)).toThrow(expect.objectContaining({ code: "too-large" }));
  });

  test("there is nothing to change at a blank leaf or outside of the tree", () => {
    const { tree } = coldTree(3);
    for (const leafIndex of [3, 4, 2 ** 31]) {
      expect(leafAt(tree, leafIndex)).toBeUndefined();
      expect(() => removeLeaf(tree, leafIndex)).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
      expect(() => updateLeaf(tree, leafIndex, client("x").leaf)).toThrow(
        expect.objectContaining({ code: "invalid-argument" }),
      );
    }
  });
});

test("the lowest common ancestor is the first shared one on the way up", () => {
  const upwards = (leafIndex: number): number[] => {
    const path = [2 * leafIndex];
    for (let at = parentOf(path[0] as number, 64); at !== undefined; at = parentOf(at, 64)) path.push(at);
    return path;
  };
  fc.assert(
    fc.property(fc.nat(63), fc.nat(63), (a, b) => {
      const ancestor = upwards(a).find((node) => upwards(b).includes(node));
      expect(commonAncestorOf(a, b)).toBe(ancestor);
      for (const node of upwards(a)) expect(isUnder(b, node)).toBe(upwards(b).includes(node));
      expect(isUnder(a + 2 ** 31, ancestor as number)).toBe(false);
    }),
  );
});
