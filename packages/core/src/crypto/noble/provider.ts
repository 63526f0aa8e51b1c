import { p384Suite } from "../p384-suite.ts";
import type { CryptoProvider } from "../suite.ts";
import { cryptoProvider, type Primitives, standardSuites } from "../suites.ts";
import { withSuites } from "../with-suites.ts";
import { aes128Gcm, aes256Gcm, chaCha20Poly1305 } from "./aead.ts";
import { sha256 } from "./hash.ts";
import { p256, x25519 } from "./key-agreement.ts";
import { ecdsaP256, ed25519 } from "./signature.ts";

/** The primitives of the suites 0x0001 to 0x0003 in plain JavaScript, by noble: they run in every runtime. */
export const noblePrimitives: Primitives = {
  sha256,
  aes128Gcm,
  aes256Gcm,
  chaCha20Poly1305,
  x25519,
  p256,
  ed25519,
  ecdsaP256,
};

/** Suites 0x0001, 0x0002, 0x0003 and 0x0007 in plain JavaScript, by noble. */
export const nobleCryptoProvider: CryptoProvider = withSuites(
  cryptoProvider("noble", aes256Gcm, standardSuites(noblePrimitives)),
  p384Suite,
);
