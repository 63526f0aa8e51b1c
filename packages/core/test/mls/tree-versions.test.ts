import fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import {
  addLeaf,
  encodeRatchetTree,
  members,
  type RatchetTree,
  removeLeaf,
  treeOf,
} from "../../src/mls/ratchet-tree.ts";
import { restoreTree, treeRecordNames, treeVersions } from "../../src/mls/tree-records.ts";
import { client, warmTree, withFreshPath } from "./tree-kit.ts";

/** A store that keeps every version of every record, and finds the latest one up to an epoch. */
class Versions {
  readonly #records = new Map<string, { epoch: number; bytes: Uint8Array }[]>();

  add(epoch: number, versions: ReadonlyMap<string, Uint8Array>): void {
    for (const [name, bytes] of versions) {
      this.#records.set(name, [...(this.#records.get(name) ?? []), { epoch, bytes }]);
    }
  }

  restore(epoch: number, leafCount: number): RatchetTree {
    const records = new Map<string, Uint8Array>();
    for (const name of treeRecordNames(leafCount)) {
      const latest = this.#records.get(name)?.findLast((version) => version.epoch <= epoch);
      if (latest !== undefined) records.set(name, latest.bytes);
    }
    return restoreTree(records, leafCount);
  }
}

const clients = Array.from({ length: 40 }, (_, at) => client(`${at}`));
const steps = fc.array(
  fc.record({ kind: fc.constantFrom("add", "add", "remove", "path", "rejoin"), at: fc.nat() }),
  {
    maxLength: 30,
  },
);

const add = (at: number) => ({ kind: "add", at }) as const;

test("any tree of any epoch is found again, also where the store was away for a while", () => {
  fc.assert(
    fc.property(steps, (history) => {
      const store = new Versions();
      let tree = treeOf(clients[0]?.leaf as never);
      store.add(0, treeVersions(undefined, tree));
      const trees = [tree];
      for (const { kind, at } of history) {
        const before: RatchetTree | undefined = kind === "rejoin" ? undefined : tree;
        const there = members(tree).map(([leaf]) => leaf);
        const leaf = there[at % there.length] as number;
        if (kind === "path") tree = withFreshPath(tree, clients, leaf);
        else if (kind !== "add") {
          const most = kind === "remove" ? 1 : 20;
          for (const gone of there.slice(-most)) if (members(tree).length > 1) tree = removeLeaf(tree, gone);
        } else {
          const most = Math.min(1 + (at % 12), clients.length - there.length);
          for (let more = 0; more < most; more++) tree = addLeaf(tree, clientFor(tree)).tree;
        }
        // Who was away while leaves came and went joins again, and stores what there is without knowing what it had.
        store.add(trees.length, treeVersions(before, tree));
        trees.push(tree);
      }
      for (const [epoch, expected] of trees.entries()) {
        const found = store.restore(epoch, expected.leafCount);
        expect(hex(encodeRatchetTree(found))).toBe(hex(encodeRatchetTree(expected)));
      }
    }),
    // 29 leaves, of which 9 are left when the store is back; then a tree of 32 again, with fewer leaves than before.
    { numRuns: 100, examples: [[[add(11), add(11), add(3), { kind: "rejoin", at: 0 }, add(8)]]] },
  );
});

test("an epoch costs those records that its commit has changed", () => {
  const { tree } = warmTree(200, [0, 7, 100]);
  expect(treeVersions(undefined, tree).size).toBe(treeRecordNames(tree.leafCount).length);
  const after = withFreshPath(
    tree,
    Array.from({ length: 200 }, (_, at) => client(`${at}`)),
    150,
  );
  expect(treeVersions(tree, after).size).toBeLessThanOrEqual(3);
  expect(treeVersions(after, after).size).toBe(0);
});

/** The client whose number is that of the leaf which the tree gives to whoever is added. */
function clientFor(tree: RatchetTree) {
  const leafIndex = addLeaf(tree, clients[0]?.leaf as never).leafIndex;
  return (clients[leafIndex] as (typeof clients)[number]).leaf;
}
