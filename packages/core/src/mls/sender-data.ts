import { expandWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";

/**
 * The key and nonce that hide who sent a message (RFC 9420 §6.3.2).
 *
 * @param ciphertext - the encrypted content: its first `Nh` bytes, or all of it where it is shorter, are the sample
 */
export function senderDataKey(
  suite: CipherSuite,
  senderDataSecret: Uint8Array,
  ciphertext: Uint8Array,
): { key: Uint8Array; nonce: Uint8Array } {
  const sample = ciphertext.subarray(0, suite.kdf.size);
  return {
    key: expandWithLabel(suite, senderDataSecret, "key", sample, suite.aead.keySize),
    nonce: expandWithLabel(suite, senderDataSecret, "nonce", sample, suite.aead.nonceSize),
  };
}
