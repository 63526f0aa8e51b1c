import type { NativePrimitives } from "./native/native-primitives.ts";

/** A key pair in the wire forms of RFC 9420 §5.1 and RFC 9180 §7.1. Private bytes belong to whoever asked for them. */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** The hash function of a suite and HMAC over it. */
export interface Hash {
  /** Output bytes (Nh). */
  readonly size: number;
  digest(data: Uint8Array): Uint8Array;
  mac(key: Uint8Array, data: Uint8Array): Uint8Array;
  /**
   * The same, present where it is faster for a key that nobody can guess. The inner hash of HMAC may be left behind in
   * memory: whoever has it, and not the key, has nothing.
   */
  prf?(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** HKDF (RFC 5869) over the hash of the suite. */
export interface Kdf {
  /** Output bytes of `extract` (Nh). */
  readonly size: number;
  extract(salt: Uint8Array, secret: Uint8Array): Uint8Array;
  expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array;
}

/**
 * Authenticated encryption with associated data; the tag is the end of the ciphertext. Keys and nonces of other sizes
 * throw `invalid-argument`. All bytes that come in are the caller's, who overwrites them afterwards: none may be kept.
 */
export interface Aead {
  readonly keySize: number;
  readonly nonceSize: number;
  readonly tagSize: number;
  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** `undefined` where the ciphertext is too short or not authentic. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined;
}

/**
 * A key encapsulation mechanism (RFC 9180 §4). All randomness comes in as `seed`. What peers sent is answered with a
 * value; a seed of another size or a private key that is none is the caller's mistake and throws `invalid-argument`.
 */
export interface Kem {
  /** The HPKE identifier of the KEM (RFC 9180 §7.1). */
  readonly id: number;
  readonly publicKeySize: number;
  /** Bytes of seed that `encapsulate` takes. */
  readonly seedSize: number;
  /**
   * DeriveKeyPair (RFC 9180 §7.1.3); deterministic. Takes as many bytes as a private key has, or as the hash of the
   * KEM gives where that is less, and any number above.
   */
  deriveKeyPair(secret: Uint8Array): KeyPair;
  /** The public key that belongs to a private one, or `undefined` where the private key is not valid. */
  publicKey(privateKey: Uint8Array): Uint8Array | undefined;
  /** Whether the bytes are a public key that may be used: right length, on the curve, not of low order, reduced. */
  isPublicKey(publicKey: Uint8Array): boolean;
  /** `undefined` where the public key must not be used. */
  encapsulate(
    publicKey: Uint8Array,
    seed: Uint8Array,
  ): { secret: Uint8Array; encapsulated: Uint8Array } | undefined;
  /**
   * `undefined` where the encapsulated key is not valid. A KEM with implicit rejection (FIPS 203) answers most changed
   * ones with a secret that nobody else has.
   */
  decapsulate(encapsulated: Uint8Array, keyPair: KeyPair): Uint8Array | undefined;
}

/**
 * A signature scheme in the forms of RFC 9420 §5.1.1. Seeds and private keys that are none throw `invalid-argument`.
 * Messages to sign and to verify are the caller's, who overwrites them afterwards: they must not be kept.
 */
export interface SignatureScheme {
  /** Bytes of seed that `deriveKeyPair` takes. */
  readonly seedSize: number;
  deriveKeyPair(seed: Uint8Array): KeyPair;
  /** Whether the bytes have the form of a public key that may be used. No signature verifies with any other. */
  isPublicKey(publicKey: Uint8Array): boolean;
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** False for anything that is not a valid signature in its one right form; never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * Begins the same on another thread, where the runtime has one: `done` hears once, during this call or after it, what
   * {@link verify} gives. None of the bytes may change until then.
   */
  startVerify?(
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
    done: (isValid: boolean) => void,
  ): void;
}

/** An MLS cipher suite (RFC 9420 §17.1): everything is synchronous and draws no randomness of its own but for ECDSA nonces. */
export interface CipherSuite {
  /** The IANA number, or one for private use (0xF000 to 0xFFFF). */
  readonly id: number;
  readonly name: string;
  /** HPKE identifiers of KDF and AEAD (RFC 9180 §7.2, §7.3). */
  readonly kdfId: number;
  readonly aeadId: number;
  readonly hash: Hash;
  readonly kdf: Kdf;
  readonly aead: Aead;
  readonly kem: Kem;
  readonly signature: SignatureScheme;
}

/**
 * Where cryptography comes from. A provider may cache imported keys by the identity of the `Uint8Array` that holds
 * them, so the bytes of a key must not be changed while in use; overwriting them once it is dropped is right.
 */
export interface CryptoProvider {
  /** For people: `noble`, `node:crypto`, a module's name. */
  readonly name: string;
  /** AES-256-GCM, which seals stored records whatever the suite of a group is. */
  readonly aes256Gcm: Aead;
  /** What the runtime computes for it. Suites that are added to the provider are computed with it too. */
  readonly native?: NativePrimitives | undefined;
  /** The suite of a number, or `undefined` where the provider does not have it. */
  suite(id: number): CipherSuite | undefined;
}
