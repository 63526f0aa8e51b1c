/**
 * What is not standardised yet. Names say so, numbers are for private use, and both may change in any release: meant for
 * trials, and for groups whose members all run the same release.
 *
 * Hybrid post-quantum suites keep what is sent today from those who record it and have a quantum computer later.
 * Signatures are as before.
 *
 * ```ts
 * import { defaultCryptoProvider, withSuites } from "@readback/core/crypto";
 * import { experimentalMlKem768P256Suite } from "@readback/core/experimental";
 *
 * const crypto = withSuites(defaultCryptoProvider(), experimentalMlKem768P256Suite);
 * console.log(crypto.suite(experimentalMlKem768P256Suite.id)?.name);
 * ```
 *
 * @packageDocumentation
 */
export {
  experimentalMlKem768P256Suite,
  experimentalMlKem768X25519Suite,
} from "./crypto/experimental/hybrid-suites.ts";
export type { SuiteSource } from "./crypto/with-suites.ts";
