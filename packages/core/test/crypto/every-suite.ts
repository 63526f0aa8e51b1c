import type { CryptoProvider } from "../../src/crypto/suite.ts";
import { withSuites } from "../../src/crypto.ts";
import { experimentalMlKem768P256Suite, experimentalMlKem768X25519Suite } from "../../src/experimental.ts";
import { p521Suite, x448ChaCha20Suite, x448Suite } from "../../src/suites.ts";

/** The provider with every suite there is. */
export function everySuite(provider: CryptoProvider): CryptoProvider {
  return withSuites(
    provider,
    x448Suite,
    p521Suite,
    x448ChaCha20Suite,
    experimentalMlKem768X25519Suite,
    experimentalMlKem768P256Suite,
  );
}

/** The numbers of all of them. */
export const everyId = [1, 2, 3, 4, 5, 6, 7, 0xf002, 0xf004];
