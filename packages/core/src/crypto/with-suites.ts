import type { CipherSuite, CryptoProvider } from "./suite.ts";

/** A cipher suite that can be added to a provider. */
export interface SuiteSource {
  /** The IANA number, or one for private use. */
  readonly id: number;
  /** The name in the registry, or one that says that it is in none. */
  readonly name: string;
  /** The suite, computed by `provider.native` as far as there is one, and by noble otherwise. */
  build(provider: CryptoProvider): CipherSuite;
}

/**
 * A provider with more suites. Each is built when it is first asked for; one of a number that the provider has already
 * takes its place. What is not named here stays out of bundles.
 *
 * ```ts
 * import { defaultCryptoProvider, withSuites } from "@readback/core/crypto";
 * import { p521Suite, x448Suite } from "@readback/core/suites";
 *
 * const crypto = withSuites(defaultCryptoProvider(), p521Suite, x448Suite);
 * console.log(crypto.suite(p521Suite.id)?.name);
 * ```
 */
export function withSuites(provider: CryptoProvider, ...sources: readonly SuiteSource[]): CryptoProvider {
  const byId = new Map(sources.map((source) => [source.id, source]));
  const built = new Map<number, CipherSuite>();
  const { name, aes256Gcm, native } = provider;
  return {
    name,
    aes256Gcm,
    native,
    suite(id) {
      const known = built.get(id);
      if (known !== undefined) return known;
      const source = byId.get(id);
      if (source === undefined) return provider.suite(id);
      const suite = source.build(provider);
      built.set(id, suite);
      return suite;
    },
  };
}
