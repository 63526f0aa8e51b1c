import { gcm } from "@noble/ciphers/aes.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { systemRandom } from "@readback/core";

/** What noble takes for one message of 100 bytes: the operations of `encryptBill` and `decryptBill`, called on it. */
export function nobleFloor(): Record<"encrypt" | "decrypt", (count: number) => void> {
  const { secretKey, publicKey } = ed25519.keygen();
  const [message, info, secret] = [systemRandom(300), systemRandom(40), systemRandom(32)];
  const [key, nonce] = [systemRandom(16), systemRandom(12)];
  const signature = ed25519.sign(message, secretKey);
  const plaintexts = [systemRandom(200), systemRandom(12)];
  const sealed = plaintexts.map((plaintext) => gcm(key, nonce, info).encrypt(plaintext));
  const derive = (): void => {
    for (let i = 0; i < 5; i++) hmac(sha256, secret, info);
  };
  return {
    encrypt: repeating(() => {
      ed25519.sign(message, secretKey);
      derive();
      for (const plaintext of plaintexts) gcm(key, nonce, info).encrypt(plaintext);
    }),
    decrypt: repeating(() => {
      ed25519.verify(signature, message, publicKey);
      derive();
      for (const ciphertext of sealed) gcm(key, nonce, info).decrypt(ciphertext);
    }),
  };
}

function repeating(once: () => void): (count: number) => void {
  return (count) => {
    for (let i = 0; i < count; i++) once();
  };
}
