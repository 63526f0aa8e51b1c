import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { requireSize } from "../size.ts";
import type { Aead } from "../suite.ts";

type Cipher = (
  key: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
) => { encrypt(plaintext: Uint8Array): Uint8Array; decrypt(ciphertext: Uint8Array): Uint8Array };

/** AES-128 in Galois/Counter Mode (RFC 5116 §5.1). */
export const aes128Gcm: Aead = aead(gcm, 16);

/** AES-256 in Galois/Counter Mode (RFC 5116 §5.2), for sealing what is stored. */
export const aes256Gcm: Aead = aead(gcm, 32);

/** ChaCha20-Poly1305 (RFC 8439). */
export const chaCha20Poly1305: Aead = aead(chacha20poly1305, 32);

function aead(cipher: Cipher, keySize: number): Aead {
  const nonceSize = 12;
  const tagSize = 16;
  const start = (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array) => {
    requireSize(key, keySize, "The key of a cipher");
    requireSize(nonce, nonceSize, "The nonce of a cipher");
    return cipher(key, nonce, associatedData);
  };
  return {
    keySize,
    nonceSize,
    tagSize,
    seal: (key, nonce, associatedData, plaintext) => start(key, nonce, associatedData).encrypt(plaintext),
    open(key, nonce, associatedData, ciphertext) {
      const opened = start(key, nonce, associatedData);
      if (ciphertext.length < tagSize) return undefined;
      try {
        return opened.decrypt(ciphertext);
      } catch {
        // All sizes are right, so what is left to throw is the wrong tag.
        return undefined;
      }
    },
  };
}
