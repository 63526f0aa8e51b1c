import type {
  Aead,
  CipherSuite,
  CryptoProvider,
  Hash,
  Kdf,
  Kem,
  SignatureScheme,
} from "@readback/core/crypto";
import { copied, fresh } from "../kernel/slab.ts";
import { absorbAll, squeeze, unsafeHash } from "./unsafe-hash.ts";

const domain = {
  digest: 1,
  mac: 2,
  extract: 3,
  expand: 16,
  stream: 4,
  tag: 5,
  publicKey: 6,
  sign: 7,
  share: 8,
  derive: 9,
};
const secretSize = 32;
const tagSize = 16;

/**
 * Cryptography that protects nothing and keeps the laws: other keys, nonces or bytes give other results, what was
 * changed does not open or verify, equal inputs give equal outputs. For simulations only: it makes a thousand times
 * more events a second possible than the real one does.
 */
export function unsafeModelCrypto(): CryptoProvider {
  const suites = new Map([1, 2].map((id) => [id, suite(id)]));
  return { name: "unsafe model", aes256Gcm: aead(32), suite: (id) => suites.get(id) };
}

function suite(id: number): CipherSuite {
  const name = `UNSAFE_MODEL_${id}`;
  return { id, name, kdfId: 0x0001, aeadId: 0x0001, hash, kdf, aead: aead(16), kem, signature };
}

const hash: Hash = {
  size: 32,
  digest: (data) => unsafeHash(domain.digest, data),
  mac: (key, data) => unsafeHash(domain.mac, key, data),
};

const kdf: Kdf = {
  size: 32,
  extract: (salt, secret) => unsafeHash(domain.extract, salt, secret),
  expand(key, info, length) {
    const first = unsafeHash(domain.expand, key, info);
    if (length <= 32) return length === 32 ? first : first.slice(0, length);
    const result = new Uint8Array(length);
    result.set(first);
    for (let at = 32; at < length; at += 32) {
      const block = unsafeHash(domain.expand + at / 32, key, info);
      result.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return result;
  },
};

function aead(keySize: number): Aead {
  return {
    keySize,
    nonceSize: 12,
    tagSize,
    seal(key, nonce, associatedData, plaintext) {
      const { length } = plaintext;
      const sealed = fresh(length + tagSize);
      sealed.set(plaintext);
      mask(key, nonce, sealed, length);
      absorbAll(domain.tag, key, nonce, associatedData, sealed.subarray(0, length));
      for (let i = 0; i < tagSize; i += 4) putWord(sealed, length + i, squeeze(i));
      return sealed;
    },
    open(key, nonce, associatedData, sealed) {
      const length = sealed.length - tagSize;
      if (length < 0) return undefined;
      const plaintext = copied(sealed);
      const ciphertext = plaintext.subarray(0, length);
      absorbAll(domain.tag, key, nonce, associatedData, ciphertext);
      for (let i = 0; i < tagSize; i += 4) if (wordAt(plaintext, length + i) !== squeeze(i)) return undefined;
      mask(key, nonce, ciphertext, length);
      return ciphertext;
    },
  };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** Adds a key stream, so that no plaintext is in what travels or lies in a store. `bytes` are as {@link fresh} gives them. */
function mask(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array, length: number): void {
  absorbAll(domain.stream, key, nonce);
  let [a, b, c, d] = [squeeze(0), squeeze(4), squeeze(8), squeeze(12)];
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, length >>> 2);
  for (let i = 0; i <= words.length; i++) {
    // xorshift128 (Marsaglia).
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    if (i < words.length) words[i] = (words[i] as number) ^ d;
  }
  for (let at = words.length * 4; at < length; at++)
    bytes[at] = (bytes[at] as number) ^ (d >>> (8 * (at & 3)));
}

/** A public key begins with what it is for, so that one of another purpose is refused. */
function publicKeyOf(purpose: number, privateKey: Uint8Array): Uint8Array {
  const publicKey = new Uint8Array(secretSize + 1);
  publicKey[0] = purpose;
  publicKey.set(unsafeHash(domain.publicKey + 32 * purpose, privateKey), 1);
  return publicKey;
}

const forSigning = 0x51;
const forSharing = 0x52;

function isPublicKey(purpose: number, key: Uint8Array): boolean {
  if (key.length !== secretSize + 1 || key[0] !== purpose) return false;
  for (let i = 1; i < key.length; i++) if (key[i] !== 0) return true;
  return false;
}

function keyPairOf(purpose: number, secret: Uint8Array): { publicKey: Uint8Array; privateKey: Uint8Array } {
  const privateKey = unsafeHash(domain.derive, secret);
  return { publicKey: publicKeyOf(purpose, privateKey), privateKey };
}

const signature: SignatureScheme = {
  seedSize: secretSize,
  deriveKeyPair: (seed) => keyPairOf(forSigning, seed),
  isPublicKey: (key) => isPublicKey(forSigning, key),
  sign: (privateKey, message) => unsafeHash(domain.sign, publicKeyOf(forSigning, privateKey), message),
  verify(publicKey, message, signed) {
    if (!isPublicKey(forSigning, publicKey) || signed.length !== 32) return false;
    absorbAll(domain.sign, publicKey, message);
    for (let i = 0; i < 32; i += 4) if (wordAt(signed, i) !== squeeze(i)) return false;
    return true;
  },
};

const kem: Kem = {
  id: 0x0010,
  publicKeySize: secretSize + 1,
  seedSize: secretSize,
  deriveKeyPair: (secret) => keyPairOf(forSharing, secret),
  publicKey: (privateKey) =>
    privateKey.length === secretSize ? publicKeyOf(forSharing, privateKey) : undefined,
  isPublicKey: (key) => isPublicKey(forSharing, key),
  encapsulate(publicKey, seed) {
    if (!isPublicKey(forSharing, publicKey)) return undefined;
    const encapsulated = publicKeyOf(forSharing, seed);
    return { secret: unsafeHash(domain.share, publicKey, encapsulated), encapsulated };
  },
  decapsulate(encapsulated, { publicKey, privateKey }) {
    if (!isPublicKey(forSharing, encapsulated)) return undefined;
    // Whoever does not hold the private key gets a secret that nobody else has.
    const own = publicKeyOf(forSharing, privateKey);
    const isOwn = own.every((byte, i) => byte === publicKey[i]);
    return unsafeHash(domain.share, isOwn ? publicKey : own, encapsulated);
  },
};
