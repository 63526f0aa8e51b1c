import { aeadCases } from "./cases/aead-cases.ts";
import { ecdsaCases } from "./cases/ecdsa-cases.ts";
import { ed448Cases } from "./cases/ed448-cases.ts";
import { ed25519Cases } from "./cases/ed25519-cases.ts";
import { hashCases } from "./cases/hash-cases.ts";
import { hpkeCases } from "./cases/hpke-cases.ts";
import { hybridCases } from "./cases/hybrid-cases.ts";
import { kemCases } from "./cases/kem-cases.ts";
import type { ProviderCase } from "./cases/provider-case.ts";
import { providerWideCases } from "./cases/provider-wide-cases.ts";

export type { ProviderCase } from "./cases/provider-case.ts";

/**
 * What every `CryptoProvider` must do, as data for any test runner: published values, sizes, bad keys,
 * malformed and malleable signatures, and agreement with noble in all of it. Members whose providers disagree on one
 * signature or one key end up in different groups.
 *
 * ```ts
 * for (const { name, run } of cryptoProviderCases) test(name, () => run(provider));
 * ```
 */
export const cryptoProviderCases: readonly ProviderCase[] = [
  ...providerWideCases,
  ...hashCases,
  ...aeadCases,
  ...kemCases,
  ...hpkeCases,
  ...ed25519Cases,
  ...ed448Cases,
  ...ecdsaCases,
  ...hybridCases,
];
