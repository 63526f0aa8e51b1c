import { p256 as nobleP256 } from "@noble/curves/nist.js";
import { invalidArgument, requireSize } from "./size.ts";

/** The byte forms of keys on a NIST curve, which are the same whoever does the arithmetic. */
export interface NistCurve {
  /** Bytes of a private key and of each coordinate. */
  readonly size: number;
  /** Bytes of seed that `privateKeyFrom` takes. */
  readonly seedSize: number;
  /** The scalar of a random seed (FIPS 186-5 A.2.1): more bits than the order has, reduced, so that no bias is left. */
  privateKeyFrom(seed: Uint8Array): Uint8Array;
  /** Whether the bytes are a scalar above zero and below the order. */
  isPrivateKey(privateKey: Uint8Array): boolean;
  /** Throws `invalid-argument` unless {@link isPrivateKey}. */
  requirePrivateKey(privateKey: Uint8Array): void;
  /** Whether the bytes are a point on the curve in the uncompressed form of SEC 1, the only one that MLS and HPKE know. */
  isPublicKey(publicKey: Uint8Array): boolean;
}

/** P-256 (FIPS 186-5, SP 800-186). */
export const p256Curve: NistCurve = nistCurve(nobleP256, 32, 48);

/**
 * A curve of noble.
 *
 * @param size - bytes of a private key and of each coordinate
 * @param seedSize - bytes of seed for a private key: half as many again
 */
export function nistCurve({ utils }: typeof nobleP256, size: number, seedSize: number): NistCurve {
  const isPrivateKey = (privateKey: Uint8Array): boolean =>
    privateKey.length === size && utils.isValidSecretKey(privateKey);
  return {
    size,
    seedSize,
    privateKeyFrom(seed) {
      requireSize(seed, seedSize, "A seed");
      return utils.randomSecretKey(seed);
    },
    isPrivateKey,
    requirePrivateKey(privateKey) {
      if (!isPrivateKey(privateKey)) throw invalidArgument("A private key is not valid.");
    },
    isPublicKey: (publicKey) => utils.isValidPublicKey(publicKey, false),
  };
}
