import { ed25519Rules } from "../curve25519.ts";
import { p256Curve } from "../nist-curve.ts";
import { noblePrimitives } from "../noble/provider.ts";
import { p384Suite } from "../p384-suite.ts";
import type { CryptoProvider } from "../suite.ts";
import { cryptoProvider, type Primitives, standardSuites } from "../suites.ts";
import { withSuites } from "../with-suites.ts";
import type { CurveKeyAlgorithm, KeyAlgorithm } from "./keys.ts";
import { type NativePrimitives, nativePrimitives } from "./native-primitives.ts";
import type { NodeCrypto } from "./node-crypto.ts";

// RFC 8410 for the first two, RFC 5480 and RFC 5915 for the third.
const x25519Keys: KeyAlgorithm = {
  type: { asymmetricKeyType: "x25519" },
  size: 32,
  spki: "302a300506032b656e032100",
  pkcs8: "302e020100300506032b656e04220420",
};
const ed25519Keys: KeyAlgorithm = {
  type: { asymmetricKeyType: "ed25519" },
  size: 32,
  spki: "302a300506032b6570032100",
  pkcs8: "302e020100300506032b657004220420",
};
const p256Keys: CurveKeyAlgorithm = {
  type: { asymmetricKeyType: "ec", namedCurve: "prime256v1" },
  size: 32,
  spki: "3059301306072a8648ce3d020106082a8648ce3d030107034200",
  pkcs8: "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
};

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
