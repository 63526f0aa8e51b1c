import { describe, expect, test } from "vitest";
import { computeAhead } from "../../src/client/compute-ahead.ts";
import { deferSignatures } from "../../src/crypto/deferred-signatures.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider, nobleCryptoProvider } from "../../src/crypto.ts";

const message = new Uint8Array(40).fill(1);
const suiteOf = (provider = defaultCryptoProvider()): CipherSuite => provider.suite(2) as CipherSuite;
const keys = suiteOf().signature.deriveKeyPair(new Uint8Array(suiteOf().signature.seedSize).fill(2));
const good = suiteOf().signature.sign(keys.privateKey, message);
const wrong = suiteOf().signature.sign(keys.privateKey, message.subarray(1));

/** Verifies signatures as a step would: the first that is not valid ends it. */
function reading(suite: CipherSuite, list: readonly Uint8Array[]) {
  const runs: string[] = [];
  return {
    runs,
    compute() {
      const index = list.findIndex((item) => !suite.signature.verify(keys.publicKey, message, item));
      runs.push(index < 0 ? "all" : `not ${index}`);
      if (index >= 0) throw new Error(`signature ${index}`);
      return list.length;
    },
  };
}

const goods = (count: number): Uint8Array[] => Array.from({ length: count }, () => good);

describe.each([
  ["on other threads", deferSignatures([suiteOf()])],
  ["where there are no other threads", deferSignatures([suiteOf(nobleCryptoProvider)])],
])("signatures %s", (_, signatures) => {
  const suite = signatures.suites[0] as CipherSuite;

  test.each([0, 1, 8, 9, 40, 150])("%i of them: it runs once where all are valid", async (count) => {
    const { runs, compute } = reading(suite, goods(count));
    expect(await computeAhead(signatures, compute)).toBe(count);
    expect(runs).toEqual(["all"]);
  });

  test.each([
    [1, 0],
    [3, 2],
    [12, 0],
    [12, 8],
    [40, 39],
    [150, 120],
  ])("%i of them, of which %i is not valid: what was computed ahead does not count", async (count, index) => {
    const { runs, compute } = reading(suite, goods(count).with(index, wrong));
    await expect(computeAhead(signatures, compute)).rejects.toThrow(`signature ${index}`);
    expect(runs).toEqual(["all", `not ${index}`]);
  });

  test("whatever throws is computed again, so the reason is the true one", async () => {
    let runs = 0;
    const compute = (): never => {
      runs += 1;
      const isTaken = suite.signature.verify(keys.publicKey, message, wrong);
      throw new Error(isTaken ? "taken for valid" : "not valid");
    };
    await expect(computeAhead(signatures, compute)).rejects.toThrow("not valid");
    expect(runs).toBe(2);
  });

  test("outside of it the suite verifies as ever, also after something threw", async () => {
    await computeAhead(signatures, () => Promise.reject(new Error("later"))).catch(() => {});
    await computeAhead(signatures, reading(suite, [wrong]).compute).catch(() => {});
    expect(suite.signature.verify(keys.publicKey, message, wrong)).toBe(false);
    expect(suite.signature.verify(keys.publicKey, message, good)).toBe(true);
  });
});
