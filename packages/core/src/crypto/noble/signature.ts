import { ed25519 as nobleEd25519 } from "@noble/curves/ed25519.js";
import { p256 as nobleP256 } from "@noble/curves/nist.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, copyOf } from "../../codec/bytes.ts";
import { hasEd25519Form, isEd25519PublicKey } from "../curve25519.ts";
import { fromDer } from "../ecdsa-signature.ts";
import { equal } from "../equal.ts";
import { type NistCurve, p256Curve } from "../nist-curve.ts";
import { requireSize } from "../size.ts";
import type { SignatureScheme } from "../suite.ts";
import { webVerify } from "./web-verify.ts";

const { Point } = nobleEd25519;

/**
 * Ed25519 (RFC 8032 §5.1); a private key is the 32-byte seed.
 *
 * Members must agree on which signatures are valid, whatever provider each of them has. Hence one set of rules:
 * the public key and R are reduced and not of low order, S is below the order of the base point, and the equation is
 * the one without the cofactor, S B = R + k A, compared as bytes: what libsodium does, and OpenSSL and BoringSSL once
 * the forms are checked. noble's own `verify` multiplies by the cofactor and so accepts signatures that those refuse.
 */
export const ed25519: SignatureScheme = {
  seedSize: 32,
  deriveKeyPair(seed) {
    requireSize(seed, 32, "A seed");
    return { publicKey: nobleEd25519.getPublicKey(seed), privateKey: copyOf(seed) };
  },
  isPublicKey: isEd25519PublicKey,
  sign(privateKey, message) {
    requireSize(privateKey, 32, "A private key");
    return nobleEd25519.sign(message, privateKey);
  },
  verify(publicKey, message, signature) {
    if (!hasEd25519Form(publicKey, signature)) return false;
    const r = signature.subarray(0, 32);
    const s = littleEndian(signature.subarray(32));
    if (s >= Point.Fn.ORDER) return false;
    const k = Point.Fn.create(littleEndian(sha512(concat(r, publicKey, message))));
    let expected: Uint8Array;
    try {
      const a = Point.fromBytes(publicKey);
      expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes();
    } catch {
      // The public key is not on the curve.
      return false;
    }
    return equal(expected, r);
  },
};

/**
 * ECDSA over P-256 with SHA-256 (FIPS 186-5); a private key is the scalar in 32 bytes, a public key the uncompressed
 * point, a signature the DER form. Both values of s are accepted, as FIPS 186-5 and RFC 9420 have it.
 */
export const ecdsaP256: SignatureScheme = nobleEcdsa(p256Curve, nobleP256);

/** ECDSA over a NIST curve of noble, with the hash that noble has for it: the one of the same strength. */
export function nobleEcdsa(curve: NistCurve, noble: typeof nobleP256): SignatureScheme {
  return {
    seedSize: curve.seedSize,
    deriveKeyPair(seed) {
      const privateKey = curve.privateKeyFrom(seed);
      return { publicKey: noble.getPublicKey(privateKey, false), privateKey };
    },
    isPublicKey: curve.isPublicKey,
    sign(privateKey, message) {
      curve.requirePrivateKey(privateKey);
      return noble.sign(message, privateKey, { format: "der", lowS: false });
    },
    verify(publicKey, message, signature) {
      const compact = fromDer(signature, curve.size);
      if (compact === undefined || !curve.isPublicKey(publicKey)) return false;
      return noble.verify(compact, message, publicKey, { lowS: false });
    },
    ...webVerify(curve),
  };
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}
