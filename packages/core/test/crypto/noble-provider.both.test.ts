import { describe, expect, test } from "vitest";
import { cryptoProviderCases } from "../../src/crypto/provider-cases.ts";
import { defaultCryptoProvider, nobleCryptoProvider } from "../../src/crypto.ts";
import { everySuite } from "./every-suite.ts";

const noble = everySuite(nobleCryptoProvider);

describe("noble", () => {
  for (const { name, run } of cryptoProviderCases) test(name, () => run(noble));
});

test("the default provider is the native one where there is node:crypto, and noble elsewhere", () => {
  const inNode = "process" in globalThis && globalThis.process.versions?.node !== undefined;
  expect(defaultCryptoProvider().name).toBe(inNode ? "node:crypto" : "noble");
  expect(defaultCryptoProvider()).toBe(defaultCryptoProvider());
});
