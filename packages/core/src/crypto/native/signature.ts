import { hasEd25519Form, isEd25519PublicKey } from "../curve25519.ts";
import { fromDer } from "../ecdsa-signature.ts";
import { type NistCurve, p256Curve } from "../nist-curve.ts";
import { invalidArgument, requireSize } from "../size.ts";
import type { SignatureScheme } from "../suite.ts";
import { own } from "./bytes.ts";
import { nativeP256 } from "./key-agreement.ts";
import { keyImport, rawPublicKey } from "./keys.ts";
import type { KeyObject, NodeCrypto } from "./node-crypto.ts";

/** Ed25519 of `node:crypto`; the rules are those of the noble provider's `ed25519`. */
export function nativeEd25519(node: NodeCrypto): SignatureScheme {
  const keys = keyImport(node, "ed25519", (key) => requireSize(key, 32, "A private key"));
  return {
    seedSize: 32,
    deriveKeyPair(seed) {
      requireSize(seed, 32, "A seed");
      const privateKey = seed.slice();
      return { publicKey: rawPublicKey(node, keys.privateKey(privateKey)), privateKey };
    },
    isPublicKey: isEd25519PublicKey,
    sign(privateKey, message) {
      return own(node.sign(null, message, keys.privateKey(privateKey)));
    },
    verify(publicKey, message, signature) {
      if (!hasEd25519Form(publicKey, signature)) return false;
      return node.verify(null, message, keys.publicKey(publicKey), signature);
    },
  };
}

/** ECDSA over P-256 with SHA-256 of `node:crypto`; the forms are those of the noble provider's `ecdsaP256`. */
export const nativeEcdsaP256 = (node: NodeCrypto): SignatureScheme =>
  ecdsa(node, p256Curve, "p256", "sha256");

function ecdsa(node: NodeCrypto, curve: NistCurve, algorithm: "p256", hash: string): SignatureScheme {
  const keys = keyImport(node, algorithm, curve.requirePrivateKey);
  const agreement = nativeP256(node);
  return {
    seedSize: curve.seedSize,
    deriveKeyPair(seed) {
      const privateKey = curve.privateKeyFrom(seed);
      const publicKey = agreement.publicKey(privateKey);
      if (publicKey === undefined) throw invalidArgument("No key pair can be derived from this seed.");
      return { publicKey, privateKey };
    },
    isPublicKey: curve.isPublicKey,
    sign(privateKey, message) {
      return own(node.sign(hash, message, keys.privateKey(privateKey)));
    },
    verify(publicKey, message, signature) {
      // OpenSSL is as strict about DER, yet takes points in other forms; other libraries are lax in both.
      if (fromDer(signature, curve.size) === undefined) return false;
      if (publicKey.length !== 1 + 2 * curve.size || publicKey[0] !== 0x04) return false;
      let key: KeyObject;
      try {
        key = keys.publicKey(publicKey);
      } catch (error) {
        if (curve.isPublicKey(publicKey)) throw error;
        return false;
      }
      return node.verify(hash, message, key, signature);
    },
  };
}
