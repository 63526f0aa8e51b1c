import {
  experimentalMlKem768P256Suite,
  experimentalMlKem768X25519Suite,
} from "../experimental/hybrid-suites.ts";
import { nobleCryptoProvider } from "../noble/provider.ts";
import { p521Suite } from "../p521-suite.ts";
import type { CipherSuite } from "../suite.ts";
import { withSuites } from "../with-suites.ts";
import { x448ChaCha20Suite, x448Suite } from "../x448-suites.ts";

const provider = withSuites(
  nobleCryptoProvider,
  x448Suite,
  p521Suite,
  x448ChaCha20Suite,
  experimentalMlKem768X25519Suite,
  experimentalMlKem768P256Suite,
);

/** The hybrid suites. */
export const hybrids: readonly number[] = [
  experimentalMlKem768X25519Suite.id,
  experimentalMlKem768P256Suite.id,
];

/** Every suite there are cases for. */
export const allSuites: readonly number[] = [1, 2, 3, 4, 5, 6, 7, ...hybrids];

/** A suite in plain JavaScript by noble, which the suites of other providers have to agree with. */
export function referenceSuite(id: number): CipherSuite {
  const suite = provider.suite(id);
  if (suite === undefined) throw new Error(`noble has no suite ${id}`);
  return suite;
}
