import { isX25519PublicKey } from "../curve25519.ts";
import type { KeyAgreement } from "../dhkem.ts";
import { type NistCurve, p256Curve } from "../nist-curve.ts";
import { requireSize } from "../size.ts";
import { own } from "./bytes.ts";
import { remembered } from "./key-cache.ts";
import { keyImport, rawPublicKey } from "./keys.ts";
import type { NodeCrypto } from "./node-crypto.ts";

/** X25519 (RFC 7748) of `node:crypto`. */
export function nativeX25519(node: NodeCrypto): KeyAgreement {
  const keys = keyImport(node, "x25519", (key) => requireSize(key, 32, "A private key"));
  return {
    publicKeySize: 32,
    privateKeySize: 32,
    publicKey: (privateKey) =>
      privateKey.length === 32 ? rawPublicKey(node, keys.privateKey(privateKey)) : undefined,
    isPublicKey: isX25519PublicKey,
    agree(privateKey, publicKey) {
      const ours = keys.privateKey(privateKey);
      if (!isX25519PublicKey(publicKey)) return undefined;
      return own(node.diffieHellman({ privateKey: ours, publicKey: keys.publicKey(publicKey) }));
    },
  };
}

/** Diffie-Hellman over P-256 of `node:crypto`. */
export const nativeP256 = (node: NodeCrypto): KeyAgreement => nist(node, p256Curve, "prime256v1");

function nist(node: NodeCrypto, curve: NistCurve, name: string): KeyAgreement {
  // An ECDH object takes raw bytes. Key objects agree faster, but to import two of them costs more than that saves.
  const pairs = remembered((privateKey) => {
    curve.requirePrivateKey(privateKey);
    const pair = node.createECDH(name);
    pair.setPrivateKey(privateKey);
    return pair;
  });
  return {
    publicKeySize: 1 + 2 * curve.size,
    privateKeySize: curve.size,
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
