import { ed25519Rules } from "../curve25519.ts";
import { p256Curve } from "../nist-curve.ts";
import { noblePrimitives } from "../noble/provider.ts";
import { p384Suite } from "../p384-suite.ts";
import type { CryptoProvider } from "../suite.ts";
import { cryptoProvider, type Primitives, standardSuites } from "../suites.ts";
import { withSuites } from "../with-suites.ts";
import { type NativePrimitives, nativePrimitives } from "./native-primitives.ts";
import type { NodeCrypto } from "./node-crypto.ts";
import { ed25519Keys, p256Keys, x25519Keys } from "./standard-keys.ts";

/**
 * Suites 0x0001, 0x0002, 0x0003 and 0x0007 by `node:crypto`. Primitives that this runtime lacks, or gets wrong, come
 * from noble instead.
 */
export function nativeCryptoProvider(node: NodeCrypto): CryptoProvider {
  const native = nativePrimitives(node);
  const primitives = standardPrimitives(native);
  const provider = cryptoProvider("node:crypto", primitives.aes256Gcm, standardSuites(primitives));
  return withSuites({ ...provider, native }, p384Suite);
}

/** The primitives of the suites 0x0001 to 0x0003, each after one trial of it. */
export function standardPrimitives(native: NativePrimitives): Primitives {
  const noble = noblePrimitives;
  return {
    sha256: native.hash("sha256", 64, noble.sha256),
    aes128Gcm: native.aead("aes-128-gcm", noble.aes128Gcm),
    aes256Gcm: native.aead("aes-256-gcm", noble.aes256Gcm),
    chaCha20Poly1305: native.aead("chacha20-poly1305", noble.chaCha20Poly1305),
    x25519: native.montgomery(x25519Keys, noble.x25519),
    p256: native.nist(p256Keys, p256Curve, noble.p256),
    ed25519: native.edwards(ed25519Keys, ed25519Rules, noble.ed25519),
    ecdsaP256: native.ecdsa(p256Keys, p256Curve, "sha256", noble.ecdsaP256),
  };
}
