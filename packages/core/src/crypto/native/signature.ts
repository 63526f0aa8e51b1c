import { copyOf } from "../../codec/bytes.ts";
import { fromDer } from "../ecdsa-signature.ts";
import type { NistCurve } from "../nist-curve.ts";
import { invalidArgument, requireSize } from "../size.ts";
import type { SignatureScheme } from "../suite.ts";
import { own } from "./bytes.ts";
import { nativeNist } from "./key-agreement.ts";
import { type CurveKeyAlgorithm, type KeyAlgorithm, keyImport, rawPublicKey } from "./keys.ts";
import type { EdwardsRules } from "./native-primitives.ts";
import type { KeyObject, NodeCrypto } from "./node-crypto.ts";

/** A signature scheme of RFC 8032 of `node:crypto`. Private keys and seeds are the same thing. */
export function nativeEdwards(
  node: NodeCrypto,
  algorithm: KeyAlgorithm,
  { isPublicKey, hasForm }: EdwardsRules,
): SignatureScheme {
  const { size } = algorithm;
  const keys = keyImport(node, algorithm, (key) => requireSize(key, size, "A private key"));
  return {
    seedSize: size,
    deriveKeyPair(seed) {
      requireSize(seed, size, "A seed");
      const privateKey = copyOf(seed);
      return { publicKey: rawPublicKey(node, keys.privateKey(privateKey)), privateKey };
    },
    isPublicKey,
    sign(privateKey, message) {
      return own(node.sign(null, message, keys.privateKey(privateKey)));
    },
    ...verification(node, null, (publicKey, signature) =>
      hasForm(publicKey, signature) ? keys.publicKey(publicKey) : undefined,
    ),
  };
}

/**
 * ECDSA over a NIST curve of `node:crypto`; the forms are those of noble's.
 *
 * @param hash - as OpenSSL calls it
 */
export function nativeEcdsa(
  node: NodeCrypto,
  algorithm: CurveKeyAlgorithm,
  curve: NistCurve,
  hash: string,
): SignatureScheme {
  const keys = keyImport(node, algorithm, curve.requirePrivateKey);
  const agreement = nativeNist(node, algorithm, curve);
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
    ...verification(node, hash, (publicKey, signature) => {
      // OpenSSL is as strict about DER, yet takes points in other forms; other libraries are lax in both.
      if (fromDer(signature, curve.size) === undefined) return undefined;
      if (publicKey.length !== 1 + 2 * curve.size || publicKey[0] !== 0x04) return undefined;
      try {
        return keys.publicKey(publicKey);
      } catch (error) {
        if (curve.isPublicKey(publicKey)) throw error;
        return undefined;
      }
    }),
  };
}

/**
 * Verification here and on another thread.
 *
 * @param keyFor - the key, or `undefined` where key and signature do not have their form and so nothing can be valid
 */
function verification(
  node: NodeCrypto,
  hash: string | null,
  keyFor: (publicKey: Uint8Array, signature: Uint8Array) => KeyObject | undefined,
): Pick<SignatureScheme, "verify" | "startVerify"> {
  return {
    verify(publicKey, message, signature) {
      const key = keyFor(publicKey, signature);
      return key !== undefined && node.verify(hash, message, key, signature);
    },
    startVerify(publicKey, message, signature, done) {
      const key = keyFor(publicKey, signature);
      if (key === undefined) done(false);
      else node.verify(hash, message, key, signature, (error, isValid) => done(!error && isValid));
    },
  };
}
