import { fromHex } from "../codec/hex.ts";
import { equal } from "./equal.ts";

// 2^448 - 2^224 - 1, little-endian, and all forms of 0, 1 and -1 modulo it in 56 bytes.
const prime = /* @__PURE__ */ fromHex(`${"ff".repeat(28)}fe${"ff".repeat(27)}`);
const nearZero = /* @__PURE__ */ [
  "00".repeat(56),
  `01${"00".repeat(55)}`,
  `fe${"ff".repeat(27)}fe${"ff".repeat(27)}`,
  `${"ff".repeat(28)}fe${"ff".repeat(27)}`,
  `${"00".repeat(28)}${"ff".repeat(28)}`,
].map(fromHex);

/**
 * Whether the bytes may be used as an X448 public key: 56 of them, and not of low order, for then the shared secret is
 * all zero (RFC 7748 §6.2, RFC 9180 §7.1.4). On Curve448 and its twist u is then 0, 1 or -1, in whatever form; other
 * unreduced values are taken, as RFC 7748 §5 requires.
 */
export function isX448PublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === 56 && !isNearZero(publicKey);
}

/**
 * Whether the bytes have the form of an Ed448 public key: 57 of them, y reduced and nothing but the sign of x in the
 * last one (RFC 8032 §5.2.3), and not of low order: then y is 0, 1 or -1. A point off the curve passes here, as with
 * Ed25519; no signature ever verifies with it.
 */
export function isEd448PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 57 || ((publicKey[56] as number) & 0x7f) !== 0) return false;
  const y = publicKey.subarray(0, 56);
  return isReduced(y) && !isNearZero(y);
}

/**
 * What must hold of a public key and a signature before the equation is looked at. The first half of a signature, R,
 * is held to the rules of a public key: noble and OpenSSL differ about R of low order, and members must not.
 */
export function hasEd448Form(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    signature.length === 114 && isEd448PublicKey(publicKey) && isEd448PublicKey(signature.subarray(0, 57))
  );
}

/** The rules of Ed448 in one. */
export const ed448Rules = { isPublicKey: isEd448PublicKey, hasForm: hasEd448Form };

function isReduced(value: Uint8Array): boolean {
  for (let i = 55; i >= 0; i--) {
    const [byte, limit] = [value[i] as number, prime[i] as number];
    if (byte !== limit) return byte < limit;
  }
  return false;
}

function isNearZero(value: Uint8Array): boolean {
  return nearZero.some((other) => equal(value, other));
}
