import { expect, test } from "vitest";
import { cryptoProviderCases } from "../../src/crypto/provider-cases.ts";
import type { CipherSuite, CryptoProvider, SignatureScheme } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider, nobleCryptoProvider } from "../../src/crypto.ts";
import { everyId, everySuite } from "./every-suite.ts";

type Verification = [Uint8Array, Uint8Array, Uint8Array];

/** Every signature that the cases of a provider verify, with its answer. */
function verifications(provider: CryptoProvider) {
  const asked: { id: number; args: Verification; answer: boolean }[] = [];
  const noting = (id: number): CipherSuite | undefined => {
    const suite = provider.suite(id);
    if (suite === undefined) return undefined;
    const verify: SignatureScheme["verify"] = (...args) => {
      const answer = suite.signature.verify(...args);
      asked.push({ id, args: args.map((bytes) => bytes.slice()) as Verification, answer });
      return answer;
    };
    return { ...suite, signature: { ...suite.signature, verify } };
  };
  for (const { run } of cryptoProviderCases) run({ ...provider, suite: noting });
  return asked;
}

/** Suites that sign over P-256 or P-384. */
const overNist = [2, 7, 0xf004];
const inNode = "process" in globalThis && globalThis.process.versions?.node !== undefined;

test.each<[string, CryptoProvider, number[]]>([
  ["noble, by WebCrypto", nobleCryptoProvider, overNist],
  ["the default one", defaultCryptoProvider(), inNode ? everyId : overNist],
])("other threads give the same answers: %s", { timeout: 60_000 }, async (_name, given, ids) => {
  const provider = everySuite(given);
  const has = (id: number): boolean => provider.suite(id)?.signature.startVerify !== undefined;
  expect(everyId.filter(has)).toEqual(ids);
  const asked = verifications(provider).filter(({ id }) => has(id));
  const answers = await Promise.all(
    asked.map(
      ({ id, args }) =>
        new Promise((resolve) => provider.suite(id)?.signature.startVerify?.(...args, resolve)),
    ),
  );
  expect(answers).toEqual(asked.map(({ answer }) => answer));
  expect(new Set(asked.map(({ id, answer }) => `${id} ${answer}`)).size).toBe(2 * ids.length);
});
