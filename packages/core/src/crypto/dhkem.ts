import { concat } from "../codec/bytes.ts";
import { ReadbackError } from "../error.ts";
import { labeledKdf } from "./labeled-kdf.ts";
import { invalidArgument, requireSize } from "./size.ts";
import type { Kdf, Kem, KeyPair } from "./suite.ts";
import { wipe } from "./wipe.ts";

/** A Diffie-Hellman group in the byte forms of RFC 9180 §7.1: what a provider has to bring for a KEM. */
export interface KeyAgreement {
  readonly publicKeySize: number;
  readonly privateKeySize: number;
  /** Whether the bytes are a private key: right length, and in range where it is an integer. */
  isPrivateKey(privateKey: Uint8Array): boolean;
  /** The public key that belongs to a private one, or `undefined` where the private key is not valid. */
  publicKey(privateKey: Uint8Array): Uint8Array | undefined;
  /** Whether the bytes are a public key that may be used: right length, on the curve, not of low order. */
  isPublicKey(publicKey: Uint8Array): boolean;
  /**
   * The shared secret in fresh bytes, or `undefined` where the public key must not be used. Throws
   * `invalid-argument` where the private key is not valid.
   */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
}

/** What makes a DHKEM (RFC 9180 §4.1) out of a group. */
export interface DhKemOptions {
  /** The HPKE identifier of the KEM. */
  readonly id: number;
  readonly group: KeyAgreement;
  /** HKDF of the KEM, which need not be the one of the suite. */
  readonly kdf: Kdf;
  /**
   * For groups whose private keys are integers below an order: the mask of the first byte of a candidate
   * (RFC 9180 §7.1.3). Absent where every string of the right length is a private key.
   */
  readonly candidateMask?: number;
}

const nothing = new Uint8Array(0);

/** DHKEM(Group, KDF) in base mode (RFC 9180 §4.1). */
export function dhKem({ id, group, kdf, candidateMask }: DhKemOptions): Kem {
  const labeled = labeledKdf(kdf, "KEM", [id]);

  // MLS derives from secrets as long as a hash (RFC 9420 §7.4), which for P-521 is two bytes less than a private key.
  const shortest = Math.min(group.privateKeySize, kdf.size);

  const deriveKeyPair = (secret: Uint8Array): KeyPair => {
    if (secret.length < shortest) {
      throw invalidArgument(`A key pair is derived from ${shortest} bytes or more.`);
    }
    const key = labeled.extract(nothing, "dkp_prk", secret);
    try {
      for (let counter = 0; counter < 256; counter++) {
        const privateKey =
          candidateMask === undefined
            ? labeled.expand(key, "sk", nothing, group.privateKeySize)
            : labeled.expand(key, "candidate", Uint8Array.of(counter), group.privateKeySize);
        if (candidateMask !== undefined) privateKey[0] = (privateKey[0] as number) & candidateMask;
        const publicKey = group.publicKey(privateKey);
        if (publicKey !== undefined) return { publicKey, privateKey };
        wipe(privateKey);
      }
    } finally {
      wipe(key);
    }
    // 256 candidates at or over the order of the curve: no seed is known to do this, and none is expected to.
    throw new ReadbackError("invalid-argument", "No key pair can be derived from these bytes.");
  };

  const sharedSecret = (agreed: Uint8Array, encapsulated: Uint8Array, publicKey: Uint8Array): Uint8Array => {
    const key = labeled.extract(nothing, "eae_prk", agreed);
    const secret = labeled.expand(key, "shared_secret", concat(encapsulated, publicKey), kdf.size);
    wipe(agreed, key);
    return secret;
  };

  return {
    id,
    publicKeySize: group.publicKeySize,
    seedSize: group.privateKeySize,
    deriveKeyPair,
    publicKey: (privateKey) => group.publicKey(privateKey),
    isPublicKey: (publicKey) => group.isPublicKey(publicKey),
    encapsulate(publicKey, seed) {
      requireSize(seed, group.privateKeySize, "The seed of an encapsulation");
      const ephemeral = deriveKeyPair(seed);
      const agreed = group.agree(ephemeral.privateKey, publicKey);
      wipe(ephemeral.privateKey);
      if (agreed === undefined) return undefined;
      const encapsulated = ephemeral.publicKey;
      return { secret: sharedSecret(agreed, encapsulated, publicKey), encapsulated };
    },
    decapsulate(encapsulated, keyPair) {
      const agreed = group.agree(keyPair.privateKey, encapsulated);
      return agreed === undefined ? undefined : sharedSecret(agreed, encapsulated, keyPair.publicKey);
    },
  };
}
