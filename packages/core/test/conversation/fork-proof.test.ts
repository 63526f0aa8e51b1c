import { describe, expect, test } from "vitest";
import {
  decodeForkProof,
  encodeForkProof,
  type ForkProof,
  verifyForkProof,
} from "../../src/conversation/fork-proof.ts";
import { at, headOf, keys, others, ours, pageOf, suite } from "./signed-log.ts";

describe("a proof of a fork", () => {
  const proof: ForkProof = {
    seq: 16,
    branches: [pageOf(ours.slice(16, 20)), { headers: [], head: headOf(at(others, 16)) }],
  };
  const holds = (changed: ForkProof, key = keys.publicKey) => verifyForkProof(suite, key, changed);
  const [one, two] = proof.branches;

  test("holds as it is, in any order and after a transfer", () => {
    expect(holds(proof)).toBe(true);
    expect(holds({ seq: 16, branches: [two, one] })).toBe(true);
    expect(holds(decodeForkProof(encodeForkProof(proof)))).toBe(true);
  });

  test.each<[name: string, changed: ForkProof]>([
    ["one history", { seq: 16, branches: [one, one] }],
    ["two pages of one history", { seq: 16, branches: [one, { headers: [], head: headOf(at(ours, 16)) }] }],
    ["another place", { seq: 15, branches: [one, two] }],
    ["a gap", { seq: 16, branches: [{ ...one, headers: one.headers.toSpliced(1, 1) }, two] }],
    [
      "entries without their end",
      { seq: 16, branches: [{ ...one, headers: one.headers.slice(0, -1) }, two] },
    ],
    [
      "a head of another conversation",
      {
        seq: 16,
        branches: [
          one,
          { headers: [], head: headOf({ ...at(others, 16), conversation: new Uint8Array(32) }) },
        ],
      },
    ],
    [
      "a head that nobody has signed",
      { seq: 16, branches: [one, { headers: [], head: { ...two.head, signature: new Uint8Array(70) } }] },
    ],
    [
      "a head signed for another time",
      { seq: 16, branches: [one, { headers: [], head: { ...two.head, signedAt: 1 } }] },
    ],
  ])("does not hold with %s", (_name, changed) => {
    expect(holds(changed)).toBe(false);
  });

  test("does not hold for another relay, or with any bit changed", () => {
    const other = suite.signature.deriveKeyPair(new Uint8Array(suite.signature.seedSize).fill(2));
    expect(holds(proof, other.publicKey)).toBe(false);
    const bytes = encodeForkProof(proof);
    for (let index = 0; index < bytes.length; index++) {
      const damaged = bytes.with(index, (bytes[index] as number) ^ (1 << (index % 8)));
      expect(outcome(damaged), `byte ${index}`).not.toBe(true);
    }
  });

  function outcome(bytes: Uint8Array): unknown {
    try {
      return holds(decodeForkProof(bytes));
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  }
});
