import { nobleCryptoProvider } from "./noble/provider.ts";
import type { CryptoProvider } from "./suite.ts";

/** The fastest provider that this runtime has. */
export function defaultCryptoProvider(): CryptoProvider {
  return nobleCryptoProvider;
}
