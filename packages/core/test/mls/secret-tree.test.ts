import fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import { createSecretTree, keyAt, nextKey, type SecretTree } from "../../src/mls/secret-tree.ts";
import { mostGenerationsAhead, mostSkippedKeys } from "../../src/mls/sender-ratchet.ts";
import { items } from "../../src/mls/sparse-array.ts";

const suite = defaultCryptoProvider().suite(1) as CipherSuite;
const treeOf = (leafCount: number): SecretTree => createSecretTree(new Uint8Array(32).fill(7), leafCount);

function secretsIn(tree: SecretTree): Set<string> {
  const found = new Set<string>();
  for (const [, node] of items(tree.nodes)) found.add(hex(node));
  for (const [, { handshake, application }] of items(tree.ratchets)) {
    for (const { secret, skipped } of [handshake, application]) {
      found.add(hex(secret));
      for (const { key, nonce } of skipped) found.add(hex(key)).add(hex(nonce));
    }
  }
  return found;
}

test("sender and receivers derive the same keys, in whatever order messages come", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }).map((depth) => 2 ** depth),
      fc.array(fc.tuple(fc.nat(1000), fc.nat(20)), { minLength: 1, maxLength: 30 }),
      (leafCount, arrivals) => {
        let received = treeOf(leafCount);
        const used = new Set<string>();
        for (const [n, generation] of arrivals) {
          const leaf = n % leafCount;
          const name = `${leaf}/${generation}`;
          if (used.has(name)) {
            const before = received;
            expect(() => keyAt(suite, before, leaf, "application", generation)).toThrow(
              expect.objectContaining({ code: "mls-generation-used" }),
            );
            continue;
          }
          used.add(name);
          let sent = treeOf(leafCount);
          for (let i = 0; i < generation; i++) sent = nextKey(suite, sent, leaf, "application").tree;
          const step = keyAt(suite, received, leaf, "application", generation);
          expect(hex(step.key.key)).toBe(hex(nextKey(suite, sent, leaf, "application").key.key));
          received = step.tree;
        }
      },
    ),
    { seed: 1, numRuns: 40 },
  );
});

test("a step keeps nothing that it consumed and changes nothing of the tree before", () => {
  let tree = treeOf(8);
  for (const [leaf, generation] of [
    [5, 3],
    [5, 1],
    [0, 0],
    [7, 70],
    [5, 4],
  ] as const) {
    const before = secretsIn(tree);
    const step = keyAt(suite, tree, leaf, "application", generation);
    expect(secretsIn(tree)).toEqual(before);
    const after = secretsIn(step.tree);
    const consumed = new Set(step.consumed.map(hex));
    for (const secret of consumed) expect(after.has(secret)).toBe(false);
    for (const secret of before) expect(after.has(secret) || consumed.has(secret)).toBe(true);
    expect(consumed.has(hex(step.key.key)) && consumed.has(hex(step.key.nonce))).toBe(true);
    tree = step.tree;
  }
});

test("overwriting what was consumed leaves the rest usable", () => {
  const spoil = (secrets: readonly Uint8Array[]): void => {
    for (const secret of secrets) secret.fill(0);
  };
  let careful = treeOf(4);
  let careless = treeOf(4);
  for (const [leaf, generation] of [
    [2, 5],
    [2, 2],
    [3, 0],
    [0, 1],
    [2, 6],
  ] as const) {
    const [a, b] = [careful, careless].map((tree) => keyAt(suite, tree, leaf, "handshake", generation));
    if (a === undefined || b === undefined) throw new Error("two trees were stepped");
    expect(hex(a.key.key)).toBe(hex(b.key.key));
    spoil(a.consumed);
    careful = a.tree;
    careless = b.tree;
  }
});

test("skipped keys are kept up to the bound, the oldest go first", () => {
  const first = keyAt(suite, treeOf(2), 1, "application", mostSkippedKeys + 1).tree;
  expect(() => keyAt(suite, first, 1, "application", 0)).toThrow(
    expect.objectContaining({ code: "mls-generation-used" }),
  );
  expect(keyAt(suite, first, 1, "application", 1).key.generation).toBe(1);
  const second = keyAt(suite, first, 1, "application", mostSkippedKeys + 4).tree;
  expect(() => keyAt(suite, second, 1, "application", 2)).toThrow(
    expect.objectContaining({ code: "mls-generation-used" }),
  );
  expect(keyAt(suite, second, 1, "application", 3).key.generation).toBe(3);
});

test("a generation that is too far ahead is refused before any work", () => {
  const tree = keyAt(suite, treeOf(2), 0, "application", 0).tree;
  expect(keyAt(suite, tree, 0, "application", mostGenerationsAhead + 1).key.generation).toBe(1001);
  for (const generation of [mostGenerationsAhead + 2, 0xfffffffe, 0xffffffff]) {
    expect(() => keyAt(suite, tree, 0, "application", generation)).toThrow(
      expect.objectContaining({ code: "mls-generation-ahead" }),
    );
  }
});

test("the ratchet ends before its counter would wrap", () => {
  const opened = nextKey(suite, treeOf(1), 0, "application").tree;
  const ratchets = opened.ratchets[0]?.[0];
  if (ratchets === undefined) throw new Error("leaf 0 was opened");
  const worn = {
    ...opened,
    ratchets: [[{ ...ratchets, application: { ...ratchets.application, generation: 0xffffffff } }]],
  };
  expect(() => nextKey(suite, worn, 0, "application")).toThrow(
    expect.objectContaining({ code: "mls-generation-exhausted" }),
  );
});
