import type { KeyAgreement } from "../dhkem.ts";
import type { NistCurve } from "../nist-curve.ts";
import type { Aead, Hash, SignatureScheme } from "../suite.ts";
import { nativeAead } from "./aead.ts";
import { agrees, firstUsable, hashes, seals, signs } from "./first-usable.ts";
import { nativeHash } from "./hash.ts";
import { nativeMontgomery, nativeNist } from "./key-agreement.ts";
import type { CurveKeyAlgorithm, KeyAlgorithm } from "./keys.ts";
import type { NodeCrypto } from "./node-crypto.ts";
import { nativeEcdsa, nativeEdwards } from "./signature.ts";

/** The rules about public keys and signatures of a scheme of RFC 8032, which are the same whoever does the arithmetic. */
export interface EdwardsRules {
  isPublicKey(publicKey: Uint8Array): boolean;
  /** What must hold of both before the equation is looked at. */
  hasForm(publicKey: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * What `node:crypto` of this runtime computes. Each primitive is made and tried; `other` is what comes back where this
 * runtime lacks it or gets it wrong.
 */
export interface NativePrimitives {
  readonly node: NodeCrypto;
  /** @param blockSize - bytes of a block of the compression function */
  hash(name: string, blockSize: number, other: Hash): Hash;
  aead(name: string, other: Aead): Aead;
  montgomery(keys: KeyAlgorithm, other: KeyAgreement): KeyAgreement;
  nist(keys: CurveKeyAlgorithm, curve: NistCurve, other: KeyAgreement): KeyAgreement;
  edwards(keys: KeyAlgorithm, rules: EdwardsRules, other: SignatureScheme): SignatureScheme;
  /** @param hash - as OpenSSL calls it */
  ecdsa(keys: CurveKeyAlgorithm, curve: NistCurve, hash: string, other: SignatureScheme): SignatureScheme;
}

/** The primitives of a `node:crypto`, or of what imitates it. */
export function nativePrimitives(node: NodeCrypto): NativePrimitives {
  return {
    node,
    hash: (name, blockSize, other) =>
      firstUsable(() => nativeHash(node, name, other.size, blockSize), other, hashes),
    aead: (name, other) => firstUsable(() => nativeAead(node, name, other.keySize), other, seals),
    montgomery: (keys, other) =>
      firstUsable(() => nativeMontgomery(node, keys, other.isPublicKey), other, agrees),
    nist: (keys, curve, other) => firstUsable(() => nativeNist(node, keys, curve), other, agrees),
    edwards: (keys, rules, other) => firstUsable(() => nativeEdwards(node, keys, rules), other, signs),
    ecdsa: (keys, curve, hash, other) =>
      firstUsable(() => nativeEcdsa(node, keys, curve, hash), other, signs),
  };
}
