import { x25519 as nobleX25519 } from "@noble/curves/ed25519.js";
import { p256 as nobleP256 } from "@noble/curves/nist.js";
import { isX25519PublicKey } from "../curve25519.ts";
import type { KeyAgreement } from "../dhkem.ts";
import { invalidArgument, requireSize } from "../size.ts";

/** X25519 (RFC 7748). */
export const x25519: KeyAgreement = {
  publicKeySize: 32,
  privateKeySize: 32,
  publicKey: (privateKey) => (privateKey.length === 32 ? nobleX25519.getPublicKey(privateKey) : undefined),
  isPublicKey: isX25519PublicKey,
  agree(privateKey, publicKey) {
    requireSize(privateKey, 32, "A private key");
    return isX25519PublicKey(publicKey) ? nobleX25519.getSharedSecret(privateKey, publicKey) : undefined;
  },
};

/** Diffie-Hellman over P-256; the shared secret is the x-coordinate (RFC 9180 §7.1.2). */
export const p256: KeyAgreement = weierstrass(nobleP256, 32);

function weierstrass(curve: typeof nobleP256, size: number): KeyAgreement {
  const publicKeySize = 1 + 2 * size;
  // Only the uncompressed form of SEC 1 is a public key here; noble would take the compressed one too.
  const isPublicKey = (publicKey: Uint8Array): boolean =>
    publicKey.length === publicKeySize &&
    publicKey[0] === 0x04 &&
    curve.utils.isValidPublicKey(publicKey, false);
  return {
    publicKeySize,
    privateKeySize: size,
    publicKey: (privateKey) =>
      curve.utils.isValidSecretKey(privateKey) ? curve.getPublicKey(privateKey, false) : undefined,
    isPublicKey,
    agree(privateKey, publicKey) {
      if (!curve.utils.isValidSecretKey(privateKey)) throw invalidArgument("A private key is not valid.");
      if (!isPublicKey(publicKey)) return undefined;
      const shared = curve.getSharedSecret(privateKey, publicKey, true);
      const x = shared.slice(1);
      shared.fill(0);
      return x;
    },
  };
}
