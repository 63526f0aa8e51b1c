import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { concat } from "../../codec/bytes.ts";
import { utf8 } from "../../codec/utf8.ts";
import { ReadbackError } from "../../error.ts";
import type { KeyAgreement } from "../dhkem.ts";
import { invalidArgument, requireSize } from "../size.ts";
import type { Kem } from "../suite.ts";
import { wipe } from "../wipe.ts";
import { isMlKem768PublicKey, type MlKem768, mlKem768Sizes } from "./ml-kem.ts";

/** What makes a hybrid KEM out of ML-KEM-768 and a group with private keys of 32 bytes. */
export interface HybridKemOptions {
  /** The HPKE identifier of the KEM. */
  readonly id: number;
  /** What the combiner ends with, so that no two KEMs give the same secret. */
  readonly label: string;
  readonly mlKem: MlKem768;
  readonly group: KeyAgreement;
  /** Bytes of seed from which a private key of the group is taken: 32 for each candidate. */
  readonly keySeedSize: number;
  /** The same for the key pair of one encapsulation. */
  readonly ephemeralSeedSize: number;
}

const candidateSize = 32;
const privateKeySize = 32;
const secretSize = 32;
const { publicKey: mlKemKeySize, encapsulated: mlKemOutputSize, seed: mlKemSeedSize } = mlKem768Sizes;

/**
 * A hybrid of ML-KEM-768 and a Diffie-Hellman group: safe as long as either of them is. HPKE's side of it is
 * draft-ietf-hpke-pq §4, the construction draft-irtf-cfrg-concrete-hybrid-kems (seeds expanded by SHAKE256, combiner
 * C2PRI over SHA3-256). A private key is the 32-byte seed of both halves; public keys and encapsulated secrets are the
 * two halves one after the other, ML-KEM first.
 */
export function hybridKem(options: HybridKemOptions): Kem {
  const { id, mlKem, group, keySeedSize, ephemeralSeedSize } = options;
  const label = utf8(options.label);
  const seedSize = secretSize + ephemeralSeedSize;
  const deriveLabel = utf8("DeriveKeyPair");
  // LabeledDerive of a one-stage KDF (draft-ietf-hpke-hpke §4): what comes after the secret.
  const deriveSuffix = concat(
    utf8("HPKE-v1KEM"),
    Uint8Array.of(id >>> 8, id & 0xff, 0, deriveLabel.length),
    deriveLabel,
    Uint8Array.of(0, privateKeySize),
  );

  /** The private keys of both halves. */
  const expand = (privateKey: Uint8Array) => {
    const bytes = shake256(privateKey, { dkLen: mlKemSeedSize + keySeedSize });
    const mlKemSeed = bytes.slice(0, mlKemSeedSize);
    const groupKey = firstPrivateKey(group, bytes.subarray(mlKemSeedSize));
    wipe(bytes);
    return { mlKemSeed, groupKey };
  };

  const publicKeyOf = (privateKey: Uint8Array): Uint8Array => {
    const { mlKemSeed, groupKey } = expand(privateKey);
    const groupPublicKey = group.publicKey(groupKey);
    if (groupPublicKey === undefined) throw noKey();
    const publicKey = concat(mlKem.publicKey(mlKemSeed), groupPublicKey);
    wipe(mlKemSeed, groupKey);
    return publicKey;
  };

  /** Overwrites the two secrets. */
  const combine = (
    mlKemSecret: Uint8Array,
    agreed: Uint8Array,
    groupOutput: Uint8Array,
    groupPublicKey: Uint8Array,
  ): Uint8Array => {
    const input = concat(mlKemSecret, agreed, groupOutput, groupPublicKey, label);
    const secret = sha3_256(input);
    wipe(mlKemSecret, agreed, input);
    return secret;
  };

  const isPublicKey = (publicKey: Uint8Array): boolean =>
    publicKey.length === mlKemKeySize + group.publicKeySize &&
    isMlKem768PublicKey(publicKey.subarray(0, mlKemKeySize)) &&
    group.isPublicKey(publicKey.subarray(mlKemKeySize));

  return {
    id,
    publicKeySize: mlKemKeySize + group.publicKeySize,
    seedSize,
    deriveKeyPair(secret) {
      if (secret.length < privateKeySize) {
        throw invalidArgument(`A key pair is derived from ${privateKeySize} bytes or more.`);
      }
      const input = concat(secret, deriveSuffix);
      const privateKey = shake256(input, { dkLen: privateKeySize });
      wipe(input);
      return { publicKey: publicKeyOf(privateKey), privateKey };
    },
    publicKey: (privateKey) => (privateKey.length === privateKeySize ? publicKeyOf(privateKey) : undefined),
    isPublicKey,
    encapsulate(publicKey, seed) {
      requireSize(seed, seedSize, "The seed of an encapsulation");
      if (!isPublicKey(publicKey)) return undefined;
      const groupPublicKey = publicKey.subarray(mlKemKeySize);
      const ephemeral = firstPrivateKey(group, seed.subarray(secretSize));
      const groupOutput = group.publicKey(ephemeral);
      const agreed = group.agree(ephemeral, groupPublicKey);
      wipe(ephemeral);
      if (groupOutput === undefined || agreed === undefined) throw noKey();
      const { secret, encapsulated } = mlKem.encapsulate(
        publicKey.subarray(0, mlKemKeySize),
        seed.subarray(0, secretSize),
      );
      return {
        secret: combine(secret, agreed, groupOutput, groupPublicKey),
        encapsulated: concat(encapsulated, groupOutput),
      };
    },
    decapsulate(encapsulated, { publicKey, privateKey }) {
      requireSize(privateKey, privateKeySize, "A private key");
      if (encapsulated.length !== mlKemOutputSize + group.publicKeySize) return undefined;
      const groupOutput = encapsulated.subarray(mlKemOutputSize);
      const { mlKemSeed, groupKey } = expand(privateKey);
      try {
        const agreed = group.agree(groupKey, groupOutput);
        if (agreed === undefined) return undefined;
        const secret = mlKem.decapsulate(encapsulated.subarray(0, mlKemOutputSize), mlKemSeed);
        return combine(secret, agreed, groupOutput, publicKey.subarray(mlKemKeySize));
      } finally {
        wipe(mlKemSeed, groupKey);
      }
    },
  };
}

/** The first candidate that is a private key (RandomScalar). With X25519 every one is, with P-256 all but 2^-32 are. */
function firstPrivateKey(group: KeyAgreement, seed: Uint8Array): Uint8Array {
  for (let at = 0; at < seed.length; at += candidateSize) {
    const candidate = seed.slice(at, at + candidateSize);
    if (group.isPrivateKey(candidate)) return candidate;
    wipe(candidate);
  }
  throw noKey();
}

function noKey(): ReadbackError {
  return new ReadbackError("invalid-argument", "No key pair can be derived from these bytes.");
}
