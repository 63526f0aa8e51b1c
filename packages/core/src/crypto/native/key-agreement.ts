import type { KeyAgreement } from "../dhkem.ts";
import { remembered } from "../key-cache.ts";
import type { NistCurve } from "../nist-curve.ts";
import { requireSize } from "../size.ts";
import { own } from "./bytes.ts";
import { type CurveKeyAlgorithm, type KeyAlgorithm, keyImport, rawPublicKey } from "./keys.ts";
import type { NodeCrypto } from "./node-crypto.ts";

/**
 * Diffie-Hellman on a curve of RFC 7748 of `node:crypto`.
 *
 * @param isPublicKey - must refuse other sizes and points of low order
 */
export function nativeMontgomery(
  node: NodeCrypto,
  algorithm: KeyAlgorithm,
  isPublicKey: (publicKey: Uint8Array) => boolean,
): KeyAgreement {
  const { size } = algorithm;
  const keys = keyImport(node, algorithm, (key) => requireSize(key, size, "A private key"));
  return {
    publicKeySize: size,
    privateKeySize: size,
    isPrivateKey: (privateKey) => privateKey.length === size,
    publicKey: (privateKey) =>
      privateKey.length === size ? rawPublicKey(node, keys.privateKey(privateKey)) : undefined,
    isPublicKey,
    agree(privateKey, publicKey) {
      const ours = keys.privateKey(privateKey);
      if (!isPublicKey(publicKey)) return undefined;
      return own(node.diffieHellman({ privateKey: ours, publicKey: keys.publicKey(publicKey) }));
    },
  };
}

/** Diffie-Hellman over a NIST curve of `node:crypto`. */
export function nativeNist(node: NodeCrypto, algorithm: CurveKeyAlgorithm, curve: NistCurve): KeyAgreement {
  // An ECDH object takes raw bytes. Key objects agree faster, but to import two of them costs more than that saves.
  const pairs = remembered((privateKey) => {
    curve.requirePrivateKey(privateKey);
    const pair = node.createECDH(algorithm.type.namedCurve);
    pair.setPrivateKey(privateKey);
    return pair;
  });
  return {
    publicKeySize: 1 + 2 * curve.size,
    privateKeySize: curve.size,
    isPrivateKey: curve.isPrivateKey,
    publicKey: (privateKey) =>
      curve.isPrivateKey(privateKey) ? own(pairs(privateKey).getPublicKey()) : undefined,
    isPublicKey: curve.isPublicKey,
    agree(privateKey, publicKey) {
      const pair = pairs(privateKey);
      if (publicKey.length !== 1 + 2 * curve.size || publicKey[0] !== 0x04) return undefined;
      try {
        return own(pair.computeSecret(publicKey));
      } catch (error) {
        // Only a point that is not on the curve is an answer; asking afterwards costs nothing where all is well.
        if (curve.isPublicKey(publicKey)) throw error;
        return undefined;
      }
    },
  };
}
