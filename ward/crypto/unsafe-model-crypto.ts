import type {
  Aead,
  CipherSuite,
  CryptoProvider,
  Hash,
  Kdf,
  Kem,
  SignatureScheme,
} from "@readback/core/crypto";
import { unsafeHash } from "./unsafe-hash.ts";

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
    if (length <= 32) return length === 32 ? first : first.subarray(0, length);
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
      const sealed = new Uint8Array(plaintext.length + tagSize);
      sealed.set(plaintext);
      const ciphertext = sealed.subarray(0, plaintext.length);
      mask(key, nonce, ciphertext);
      sealed.set(tagOf(key, nonce, associatedData, ciphertext), plaintext.length);
      return sealed;
    },
    open(key, nonce, associatedData, sealed) {
      if (sealed.length < tagSize) return undefined;
      const ciphertext = sealed.subarray(0, -tagSize);
      const tag = tagOf(key, nonce, associatedData, ciphertext);
      for (let i = 0; i < tagSize; i++) if (tag[i] !== sealed[ciphertext.length + i]) return undefined;
      const plaintext = ciphertext.slice();
      mask(key, nonce, plaintext);
      return plaintext;
    },
  };
}

function tagOf(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return unsafeHash(domain.tag, key, nonce, data, ciphertext).subarray(0, tagSize);
}

/** Adds a key stream, so that no plaintext is in what travels or lies in a store. `bytes` begins an array buffer. */
function mask(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): void {
  const seed = new Int32Array(unsafeHash(domain.stream, key, nonce).buffer, 0, 4);
  let a = seed[0] as number;
  let b = seed[1] as number;
  let c = seed[2] as number;
  let d = seed[3] as number;
  const words = new Int32Array(bytes.buffer, 0, bytes.length >>> 2);
  for (let i = 0; i <= words.length; i++) {
    // xorshift128 (Marsaglia).
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    if (i < words.length) words[i] = (words[i] as number) ^ d;
  }
  for (let at = words.length * 4; at < bytes.length; at++)
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
  return key.length === secretSize + 1 && key[0] === purpose && key.subarray(1).some((byte) => byte !== 0);
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
    const expected = unsafeHash(domain.sign, publicKey, message);
    return expected.every((byte, i) => byte === signed[i]);
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
