import { fromHex } from "../codec/hex.ts";

// u-coordinates of low order on Curve25519 and its twist, little-endian, the unreduced forms of 0 and 1 among them.
const lowOrderX25519 = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map(fromHex);

// y-coordinates of the eight points of low order on edwards25519; the sign of x is the last bit and left out.
const lowOrderEd25519 = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(fromHex);

/**
 * Whether the bytes may be used as an X25519 public key: 32 of them, and not of low order, for then the shared
 * secret is all zero (RFC 7748 §6.1, RFC 9180 §7.1.4). The last bit is ignored and unreduced values are taken, as
 * RFC 7748 §5 requires.
 */
export function isX25519PublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === 32 && !lowOrderX25519.some((point) => sameButLastBit(publicKey, point));
}

/**
 * Whether the bytes have the form of an Ed25519 public key: 32 of them, y reduced (RFC 8032 §5.1.3), and not of low
 * order, for with those one signature fits many messages. A point off the curve passes here, since telling it costs
 * a square root; no signature ever verifies with it.
 */
export function isEd25519PublicKey(publicKey: Uint8Array): boolean {
  return (
    publicKey.length === 32 &&
    isReduced(publicKey) &&
    !lowOrderEd25519.some((point) => sameButLastBit(publicKey, point))
  );
}

/**
 * What must hold of a public key and a signature before the equation is looked at. The first half of a signature, R,
 * is held to the rules of a public key. Implementations differ in all of this, releases of Node among them, and
 * members must not: a commit that some of them accept splits the group.
 */
export function hasEd25519Form(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    signature.length === 64 && isEd25519PublicKey(publicKey) && isEd25519PublicKey(signature.subarray(0, 32))
  );
}

/** The rules of Ed25519 in one. */
export const ed25519Rules = { isPublicKey: isEd25519PublicKey, hasForm: hasEd25519Form };

/** Whether the first 255 bits are below 2^255 - 19. */
function isReduced(value: Uint8Array): boolean {
  if (((value[31] as number) & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (value[i] !== 0xff) return true;
  return (value[0] as number) < 0xed;
}

/** Public data: no need for constant time. Most keys differ in the first byte. */
function sameButLastBit(value: Uint8Array, point: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (value[i] !== point[i]) return false;
  return ((value[31] as number) & 0x7f) === point[31];
}
