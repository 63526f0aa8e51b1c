import { createCipheriv, createDecipheriv, createHash, sign, timingSafeEqual, verify } from "node:crypto";
import type { CiphersuiteImpl, CiphersuiteName, Hpke, PrivateKey, PublicKey, Signature } from "ts-mls";
import type { Random } from "../../../src/port/random.ts";
import { derivedKeyPair, type HpkeIds, hkdf, hmac, receiveContext, sendContext } from "./peer-hpke.ts";
import { type Curve, privateKeyOf, publicBytesOf, publicKeyOf, secretKeyOf } from "./peer-keys.ts";

interface Parts extends HpkeIds {
  readonly name: CiphersuiteName;
  readonly signature: Exclude<Curve, "X25519">;
  readonly cipher: "aes-128-gcm" | "chacha20-poly1305";
}

const publicKeySizes = { X25519: 32, "P-256": 65 };

const suites = new Map<number, Parts>([
  [
    1,
    {
      ...{ name: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519", curve: "X25519", signature: "Ed25519" },
      ...{ cipher: "aes-128-gcm", aead: 1, keySize: 16 },
    },
  ],
  [
    2,
    {
      ...{ name: "MLS_128_DHKEMP256_AES128GCM_SHA256_P256", curve: "P-256", signature: "P-256" },
      ...{ cipher: "aes-128-gcm", aead: 1, keySize: 16 },
    },
  ],
  [
    3,
    {
      ...{
        name: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
        curve: "X25519",
        signature: "Ed25519",
      },
      ...{ cipher: "chacha20-poly1305", aead: 3, keySize: 32 },
    },
  ],
] as const);

/**
 * Cryptography for the peer on bare `node:crypto`: several times faster than what it brings, with all randomness from
 * `random`, and written without the engine's, so that a mistake in one does not hide in the other.
 */
export function peerCrypto(suiteId: number, random: Random): CiphersuiteImpl {
  const parts = suites.get(suiteId);
  if (parts === undefined) throw new Error(`the peer has no suite ${suiteId}`);
  return {
    name: parts.name,
    hash: {
      digest: async (data) => new Uint8Array(createHash("sha256").update(data).digest()),
      mac: async (key, data) => hmac(key, data),
      verifyMac: async (key, mac, data) => mac.length === 32 && timingSafeEqual(hmac(key, data), mac),
    },
    kdf: {
      size: 32,
      extract: async (salt, secret) => hkdf.extract(salt, secret),
      expand: async (key, info, length) => hkdf.expand(key, info, length),
    },
    signature: signatureOf(parts.signature, random),
    hpke: hpkeOf(parts, random),
    rng: { randomBytes: random },
  };
}

function signatureOf(curve: Parts["signature"], random: Random): Signature {
  const digest = curve === "P-256" ? "sha256" : null;
  return {
    sign: async (key, message) => new Uint8Array(sign(digest, message, privateKeyOf(curve, key))),
    verify: async (key, message, signature) => verify(digest, message, publicKeyOf(curve, key), signature),
    async keygen() {
      const signKey = random(32);
      return { signKey, publicKey: publicBytesOf(curve, signKey) };
    },
  };
}

function hpkeOf(parts: Parts, random: Random): Hpke {
  const keyPair = ({ privateKey, publicKey }: { privateKey: Uint8Array; publicKey: Uint8Array }) => ({
    privateKey: handle<PrivateKey>(privateKey),
    publicKey: handle<PublicKey>(publicKey),
  });
  return {
    keyLength: parts.keySize,
    nonceLength: 12,
    async seal(publicKey, plaintext, info, aad = new Uint8Array(0)) {
      const { enc, context } = sendContext(parts, bytesOf(publicKey), info, random(32));
      return { enc, ct: seal(parts, context.key, context.nonce, aad, plaintext) };
    },
    async open(privateKey, enc, ciphertext, info, aad = new Uint8Array(0)) {
      const { key, nonce } = receiveContext(parts, bytesOf(privateKey), enc, info);
      return open(parts, key, nonce, aad, ciphertext);
    },
    async exportSecret(publicKey, exporterContext, length, info) {
      const { enc, context } = sendContext(parts, bytesOf(publicKey), info, random(32));
      return { enc, secret: context.exported(exporterContext, length) };
    },
    importSecret: async (privateKey, exporterContext, enc, length, info) =>
      receiveContext(parts, bytesOf(privateKey), enc, info).exported(exporterContext, length),
    importPrivateKey: async (bytes) => handle<PrivateKey>(bytes),
    // The peer takes the whole content of an external_pub extension for the key, length and all.
    importPublicKey: async (bytes) => handle<PublicKey>(bytes.slice(-publicKeySizes[parts.curve])),
    exportPrivateKey: async (key) => bytesOf(key),
    exportPublicKey: async (key) => bytesOf(key),
    encryptAead: async (key, nonce, aad, plaintext) => seal(parts, key, nonce, aad, plaintext),
    decryptAead: async (key, nonce, aad, ciphertext) => open(parts, key, nonce, aad, ciphertext),
    deriveKeyPair: async (secret) => keyPair(derivedKeyPair(parts.curve, secret)),
    generateKeyPair: async () => keyPair(derivedKeyPair(parts.curve, random(32))),
  };
}

function seal(
  { cipher: name }: Parts,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array | undefined,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(name as "aes-128-gcm", secretKeyOf(key), nonce, { authTagLength: 16 });
  if (aad !== undefined) cipher.setAAD(aad);
  return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
}

function open(
  { cipher: name }: Parts,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array | undefined,
  ciphertext: Uint8Array,
): Uint8Array {
  const cipher = createDecipheriv(name as "aes-128-gcm", secretKeyOf(key), nonce, { authTagLength: 16 });
  if (aad !== undefined) cipher.setAAD(aad);
  cipher.setAuthTag(ciphertext.subarray(-16));
  return new Uint8Array(Buffer.concat([cipher.update(ciphertext.subarray(0, -16)), cipher.final()]));
}

/** The peer hands keys around as CryptoKey without looking into them, so anything can stand for one. */
function handle<Key extends PublicKey | PrivateKey>(bytes: Uint8Array): Key {
  return { bytes } as unknown as Key;
}

function bytesOf(key: PublicKey | PrivateKey): Uint8Array {
  return (key as unknown as { bytes: Uint8Array }).bytes;
}
