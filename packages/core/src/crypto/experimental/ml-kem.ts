import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { wipe } from "../wipe.ts";

/** ML-KEM-768 (FIPS 203) with its decapsulation key as the 64-byte seed `d || z`. Sizes are the caller's to check. */
export interface MlKem768 {
  /** The encapsulation key that belongs to a seed (ML-KEM.KeyGen_internal). */
  publicKey(seed: Uint8Array): Uint8Array;
  /**
   * ML-KEM.Encaps_internal with the 32 random bytes `m`. The public key must be one.
   *
   * There is no native one: `node:crypto` draws `m` by itself, so that a caller could not know what it will send.
   */
  encapsulate(publicKey: Uint8Array, m: Uint8Array): { secret: Uint8Array; encapsulated: Uint8Array };
  /** ML-KEM.Decaps. A ciphertext that was not made for this key gives a secret that nobody else has. */
  decapsulate(encapsulated: Uint8Array, seed: Uint8Array): Uint8Array;
}

/** Bytes of an encapsulation key, an encapsulated secret and a seed. */
export const mlKem768Sizes = { publicKey: 1184, encapsulated: 1088, seed: 64 };

/** ML-KEM-768 in plain JavaScript, by noble. */
export const nobleMlKem768: MlKem768 = {
  publicKey(seed) {
    const { publicKey, secretKey } = ml_kem768.keygen(seed);
    wipe(secretKey);
    return publicKey;
  },
  encapsulate(publicKey, m) {
    const { sharedSecret, cipherText } = ml_kem768.encapsulate(publicKey, m);
    return { secret: sharedSecret, encapsulated: cipherText };
  },
  decapsulate(encapsulated, seed) {
    const { secretKey } = ml_kem768.keygen(seed);
    const secret = ml_kem768.decapsulate(encapsulated, secretKey);
    wipe(secretKey);
    return secret;
  },
};

/**
 * Whether the bytes are an encapsulation key: 1184 of them, each of the 768 coefficients below 3329 (FIPS 203 §7.2). Public
 * data: no need for constant time.
 */
export function isMlKem768PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== mlKem768Sizes.publicKey) return false;
  // The last 32 bytes are the seed of the matrix; before them two coefficients of 12 bits lie in three bytes.
  for (let at = 0; at < 1152; at += 3) {
    const middle = publicKey[at + 1] as number;
    const first = (publicKey[at] as number) | ((middle & 0x0f) << 8);
    const second = (middle >>> 4) | ((publicKey[at + 2] as number) << 4);
    if (first >= 3329 || second >= 3329) return false;
  }
  return true;
}
