import { x25519 as nobleX25519 } from "@noble/curves/ed25519.js";
import { p256 as nobleP256 } from "@noble/curves/nist.js";
import { isX25519PublicKey } from "../curve25519.ts";
import type { KeyAgreement } from "../dhkem.ts";
import { type NistCurve, p256Curve } from "../nist-curve.ts";
import { requireSize } from "../size.ts";
import { wipe } from "../wipe.ts";

/** X25519 (RFC 7748). */
export const x25519: KeyAgreement = {
  publicKeySize: 32,
  privateKeySize: 32,
  isPrivateKey: (privateKey) => privateKey.length === 32,
  publicKey: (privateKey) => (privateKey.length === 32 ? nobleX25519.getPublicKey(privateKey) : undefined),
  isPublicKey: isX25519PublicKey,
  agree(privateKey, publicKey) {
    requireSize(privateKey, 32, "A private key");
    return isX25519PublicKey(publicKey) ? nobleX25519.getSharedSecret(privateKey, publicKey) : undefined;
  },
};

/** Diffie-Hellman over P-256; the shared secret is the x-coordinate (RFC 9180 §7.1.2). */
export const p256: KeyAgreement = nobleNist(p256Curve, nobleP256);

/** Diffie-Hellman over a NIST curve of noble. */
export function nobleNist(curve: NistCurve, noble: typeof nobleP256): KeyAgreement {
  return {
    publicKeySize: 1 + 2 * curve.size,
    privateKeySize: curve.size,
    isPrivateKey: curve.isPrivateKey,
    publicKey: (privateKey) =>
      curve.isPrivateKey(privateKey) ? noble.getPublicKey(privateKey, false) : undefined,
    isPublicKey: curve.isPublicKey,
    agree(privateKey, publicKey) {
      curve.requirePrivateKey(privateKey);
      if (!curve.isPublicKey(publicKey)) return undefined;
      const point = noble.getSharedSecret(privateKey, publicKey, true);
      const x = point.slice(1);
      wipe(point);
      return x;
    },
  };
}
