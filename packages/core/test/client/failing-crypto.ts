import { defaultCryptoProvider } from "../../src/crypto/default-provider.ts";
import type { CipherSuite, CryptoProvider } from "../../src/crypto/suite.ts";

/** A {@link CryptoProvider} that cannot open messages as often as it is told to, as where a key was used already. */
export interface FailingCrypto {
  readonly provider: CryptoProvider;
  /** How many of the next messages cannot be opened. */
  failures: number;
}

/** Longer than who has sent a message, shorter than any message. */
const shortestMessage = 200;

export function failingCrypto(inner: CryptoProvider = defaultCryptoProvider()): FailingCrypto {
  const suites = new Map<number, CipherSuite | undefined>();
  const failing = { failures: 0 };
  const provider: CryptoProvider = {
    ...inner,
    suite(id) {
      const suite = inner.suite(id);
      if (!suites.has(id))
        suites.set(
          id,
          suite && {
            ...suite,
            aead: {
              ...suite.aead,
              open: (key, nonce, data, ciphertext) => {
                const isOpened = failing.failures === 0 || ciphertext.length < shortestMessage;
                if (isOpened) return suite.aead.open(key, nonce, data, ciphertext);
                failing.failures -= 1;
                return undefined;
              },
            },
          },
        );
      return suites.get(id);
    },
  };
  return Object.assign(failing, { provider });
}
