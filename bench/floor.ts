import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
  verify,
} from "node:crypto";

/** Primitive operations that RFC 9420 demands for a step: how many, of what, and over how many bytes each. */
export type Bill = readonly (readonly [count: number, operation: Operation, bytes?: number])[];

/**
 * - `import`: a signature key that was never used before, from raw bytes: in Node 24.21 a text of it would be 15 µs faster.
 *   Keys that were used are at hand.
 * - `key pair`: a fresh one for HPKE, with its public key as bytes.
 * - `HPKE seal`, `HPKE open`: of a short secret; the bytes are those of `info`, which no two of them share.
 * - `HPKE seal, known info`: one more for the same `info`, whose hash is at hand.
 */
export type Operation =
  | "sign"
  | "verify"
  | "import"
  | "key pair"
  | "HMAC"
  | "hash"
  | "seal"
  | "open"
  | "HPKE seal"
  | "HPKE seal, known info"
  | "HPKE open";

/** One message of 100 bytes: signature, keys of the message and of the sender data, the next secret, and two seals. */
export const encryptBill: Bill = [
  [1, "sign"],
  [5, "HMAC"],
  [2, "seal"],
];

/** The same from the other side. */
export const decryptBill: Bill = [
  [1, "verify"],
  [5, "HMAC"],
  [2, "open"],
];

/** A bill as a row shows it. */
export function textOf(bill: Bill): string {
  return bill
    .map(([count, operation, bytes = 0]) => {
      const size = bytes >= 10_000 ? ` of ${Math.round(bytes / 1000)} kB` : "";
      return `${count.toLocaleString("en-US")} ${operation}${size}`;
    })
    .join(", ");
}

const algorithm = "aes-128-gcm";
const options = { authTagLength: 16 } as const;
const usual = { sign: 300, seal: 200, hash: 120, HMAC: 40 };

/** Does what a bill says over and over, by nothing but `node:crypto`: no encoding, no tree, nothing kept. */
export function floor(suite: 1 | 2, bill: Bill): (count: number) => void {
  const parts = bill.map(([times, operation, bytes]) => {
    const once = operationOf(suite, operation, bytes);
    return () => {
      for (let i = 0; i < times; i++) once();
    };
  });
  return (count) => {
    for (let i = 0; i < count; i++) for (const part of parts) part();
  };
}

function operationOf(suite: 1 | 2, operation: Operation, bytes?: number): () => void {
  const digest = suite === 1 ? null : "sha256";
  switch (operation) {
    case "sign": {
      const [message, { privateKey }] = [randomBytes(bytes ?? usual.sign), signatureKeys(suite)];
      return () => sign(digest, message, privateKey);
    }
    case "verify": {
      const [message, keys] = [randomBytes(bytes ?? usual.sign), signatureKeys(suite)];
      const signature = sign(digest, message, keys.privateKey);
      return () => verify(digest, message, keys.publicKey, signature);
    }
    case "import": {
      const key = rawOf(signatureKeys(suite).publicKey);
      const asymmetricKeyType = suite === 1 ? "ed25519" : "ec";
      return () => importRaw(key, asymmetricKeyType);
    }
    case "key pair":
      return () => rawOf(agreementKeys(suite).publicKey);
    case "HMAC": {
      const data = randomBytes(bytes ?? usual.HMAC);
      return () => mac(data);
    }
    case "hash": {
      const data = randomBytes(bytes ?? usual.hash);
      return () => hash("sha256", data, "buffer");
    }
    case "seal": {
      const plaintext = randomBytes(bytes ?? usual.seal);
      return () => seal(plaintext);
    }
    case "open": {
      const sealed = seal(randomBytes(bytes ?? usual.seal));
      return () => open(sealed);
    }
    case "HPKE seal":
    case "HPKE seal, known info": {
      const isKnown = operation === "HPKE seal, known info";
      const info = randomBytes(bytes ?? usual.HMAC);
      const recipient = rawOf(agreementKeys(suite).publicKey);
      const short = randomBytes(32);
      return () => {
        const ephemeral = agreementKeys(suite);
        rawOf(ephemeral.publicKey);
        agree(suite, ephemeral.privateKey, recipient);
        if (!isKnown) mac(info);
        seal(short);
      };
    }
    case "HPKE open": {
      const info = randomBytes(bytes ?? usual.HMAC);
      const { privateKey } = agreementKeys(suite);
      const encapsulated = rawOf(agreementKeys(suite).publicKey);
      const sealed = seal(randomBytes(32));
      return () => {
        agree(suite, privateKey, encapsulated);
        mac(info);
        open(sealed);
      };
    }
  }
}

const [secret, key, nonce] = [randomBytes(32), randomBytes(16), randomBytes(12)];
const [associatedData, context] = [randomBytes(40), randomBytes(usual.HMAC)];

// Keys of HMAC and AEAD are new each time, so they are imported each time.
function mac(data: Uint8Array): Uint8Array {
  return createHmac("sha256", createSecretKey(secret)).update(data).digest();
}

interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

function seal(plaintext: Uint8Array): Sealed {
  const cipher = createCipheriv(algorithm, createSecretKey(key), nonce, options);
  cipher.setAAD(associatedData);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

function open({ ciphertext, tag }: Sealed): void {
  const cipher = createDecipheriv(algorithm, createSecretKey(key), nonce, options);
  cipher.setAAD(associatedData);
  cipher.setAuthTag(tag);
  cipher.update(ciphertext);
  cipher.final();
}

/** Diffie-Hellman with a key that has just come, and the five derivations that follow whatever `info` is. */
function agree(suite: 1 | 2, privateKey: KeyObject, publicKey: Buffer): void {
  diffieHellman({ privateKey, publicKey: importRaw(publicKey, suite === 1 ? "x25519" : "ec") });
  for (let i = 0; i < 5; i++) mac(context);
}

function signatureKeys(suite: 1 | 2): KeyPairKeyObjectResult {
  return suite === 1 ? generateKeyPairSync("ed25519") : nistKeys();
}

function agreementKeys(suite: 1 | 2): KeyPairKeyObjectResult {
  return suite === 1 ? generateKeyPairSync("x25519") : nistKeys();
}

function nistKeys(): KeyPairKeyObjectResult {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

function rawOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: "raw-public" });
}

function importRaw(key: Buffer, asymmetricKeyType: "ed25519" | "x25519" | "ec"): KeyObject {
  const format = "raw-public";
  if (asymmetricKeyType !== "ec") return createPublicKey({ key, format, asymmetricKeyType });
  return createPublicKey({ key, format, asymmetricKeyType, namedCurve: "prime256v1" });
}
