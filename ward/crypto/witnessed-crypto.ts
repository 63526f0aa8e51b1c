import type { Aead, CipherSuite, CryptoProvider, SignatureScheme } from "@readback/core/crypto";

/** Hears of everything that is sealed, with the key and the nonce that it was sealed with. */
export type OnSeal = (
  use: "message" | "store",
  key: Uint8Array,
  nonce: Uint8Array,
  data: Uint8Array,
  plaintext: Uint8Array,
  sealed: Uint8Array,
) => void;

/** A provider that tells what one device seals. It computes as the inner one does, without threads. */
export function witnessedCrypto(inner: CryptoProvider, onSeal: OnSeal): CryptoProvider {
  const suites = new Map<number, CipherSuite | undefined>();
  return {
    name: `witnessed ${inner.name}`,
    aes256Gcm: witnessed(inner.aes256Gcm, "store", onSeal),
    suite(id) {
      if (!suites.has(id)) {
        const suite = inner.suite(id);
        suites.set(
          id,
          suite && {
            ...suite,
            aead: witnessed(suite.aead, "message", onSeal),
            signature: withoutThreads(suite.signature),
          },
        );
      }
      return suites.get(id);
    },
  };
}

function witnessed(aead: Aead, use: "message" | "store", onSeal: OnSeal): Aead {
  const { keySize, nonceSize, tagSize } = aead;
  return {
    keySize,
    nonceSize,
    tagSize,
    open: (key, nonce, data, sealed) => aead.open(key, nonce, data, sealed),
    seal(key, nonce, data, plaintext) {
      const sealed = aead.seal(key, nonce, data, plaintext);
      onSeal(use, key, nonce, data, plaintext, sealed);
      return sealed;
    },
  };
}

/** Another thread answers when it likes; here the answer comes a moment later, and in the same moment in every run. */
function withoutThreads(scheme: SignatureScheme): SignatureScheme {
  return {
    ...scheme,
    startVerify: (publicKey, message, signature, done) =>
      queueMicrotask(() => done(scheme.verify(publicKey, message, signature))),
  };
}
