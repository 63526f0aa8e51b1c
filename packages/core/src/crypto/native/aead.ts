import { requireSize } from "../size.ts";
import type { Aead } from "../suite.ts";
import { own } from "./bytes.ts";
import type { NodeCrypto } from "./node-crypto.ts";

const nonceSize = 12;
const tagSize = 16;
const options = { authTagLength: tagSize };

/** An AEAD of `node:crypto` with a nonce of 12 and a tag of 16 bytes. */
export function nativeAead(node: NodeCrypto, algorithm: string, keySize: number): Aead {
  const check = (key: Uint8Array, nonce: Uint8Array): void => {
    requireSize(key, keySize, "The key of a cipher");
    requireSize(nonce, nonceSize, "The nonce of a cipher");
  };
  return {
    keySize,
    nonceSize,
    tagSize,
    seal(key, nonce, associatedData, plaintext) {
      check(key, nonce);
      // A key object, since a raw key costs three times the whole operation.
      const cipher = node.createCipheriv(algorithm, node.createSecretKey(key), nonce, options);
      cipher.setAAD(associatedData);
      const body = cipher.update(plaintext);
      cipher.final();
      const ciphertext = new Uint8Array(body.length + tagSize);
      ciphertext.set(body);
      ciphertext.set(cipher.getAuthTag(), body.length);
      return ciphertext;
    },
    open(key, nonce, associatedData, ciphertext) {
      check(key, nonce);
      const end = ciphertext.length - tagSize;
      if (end < 0) return undefined;
      const cipher = node.createDecipheriv(algorithm, node.createSecretKey(key), nonce, options);
      cipher.setAAD(associatedData);
      cipher.setAuthTag(ciphertext.subarray(end));
      const plaintext = own(cipher.update(ciphertext.subarray(0, end)));
      try {
        cipher.final();
      } catch {
        // The one thing that final throws for: the tag is wrong, and what was decrypted must not be seen by anyone.
        plaintext.fill(0);
        return undefined;
      }
      return plaintext;
    },
  };
}
