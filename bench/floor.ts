import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
  verify,
} from "node:crypto";

/** What no implementation of RFC 9420 over `node:crypto` can do without, for one message of 100 bytes. */
export interface Floor {
  /** Signature, two derivations for the message key, two for the sender data, one for the next secret; two seals. */
  encrypt(): void;
  /** The same with the signature verified by a key that is ready, and two opens. */
  decrypt(): void;
}

// Bytes of a message of 100 bytes: what is signed, the plaintext with the signature, and what HMAC and AEAD bind.
const signedSize = 300;
const plaintextSize = 200;
const senderDataSize = 12;
const infoSize = 40;

const algorithm = "aes-128-gcm";
const options = { authTagLength: 16 } as const;

/**
 * The bare operations of a suite (1 or 2): no encoding, no tree, nothing kept. Keys of HMAC and AEAD are new for each
 * message, so they are imported each time; signature keys are not.
 */
export function floor(suite: 1 | 2): Floor {
  const hash = suite === 1 ? null : "sha256";
  const keys = keyPair(suite);
  const [signed, info, secret] = [randomBytes(signedSize), randomBytes(infoSize), randomBytes(32)];
  const [key, nonce, associatedData] = [randomBytes(16), randomBytes(12), randomBytes(infoSize)];
  const signature = sign(hash, signed, keys.privateKey);

  const derive = (): void => {
    for (let i = 0; i < 5; i++) createHmac("sha256", createSecretKey(secret)).update(info).digest();
  };
  const seal = (plaintext: Uint8Array): { ciphertext: Uint8Array; tag: Uint8Array } => {
    const cipher = createCipheriv(algorithm, createSecretKey(key), nonce, options);
    cipher.setAAD(associatedData);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return { ciphertext, tag: cipher.getAuthTag() };
  };
  const open = ({ ciphertext, tag }: ReturnType<typeof seal>): void => {
    const cipher = createDecipheriv(algorithm, createSecretKey(key), nonce, options);
    cipher.setAAD(associatedData);
    cipher.setAuthTag(tag);
    cipher.update(ciphertext);
    cipher.final();
  };
  const [plaintext, senderData] = [randomBytes(plaintextSize), randomBytes(senderDataSize)];
  const [sealedPlaintext, sealedSenderData] = [seal(plaintext), seal(senderData)];

  return {
    encrypt() {
      sign(hash, signed, keys.privateKey);
      derive();
      seal(plaintext);
      seal(senderData);
    },
    decrypt() {
      verify(hash, signed, keys.publicKey, signature);
      derive();
      open(sealedPlaintext);
      open(sealedSenderData);
    },
  };
}

function keyPair(suite: 1 | 2): KeyPairKeyObjectResult {
  return suite === 1
    ? generateKeyPairSync("ed25519")
    : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}
