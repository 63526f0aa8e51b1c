import { sameBytes } from "../../src/codec/bytes.ts";
import { defaultCryptoProvider } from "../../src/crypto/default-provider.ts";
import type { Aead, CipherSuite, CryptoProvider } from "../../src/crypto/suite.ts";

/** One thing that was sealed. */
export interface Sealed {
  /** The cipher's key, byte by byte. */
  readonly key: string;
  readonly plaintext: Uint8Array;
}

/** A {@link CryptoProvider} that remembers everything that is sealed, by whichever client, for as long as a test runs. */
export interface RecordingCrypto {
  readonly provider: CryptoProvider;
  /** What was sealed to this ciphertext, or `undefined`. */
  sealed(ciphertext: Uint8Array): Sealed | undefined;
  /** How often something was sealed. */
  readonly count: number;
  /** Every (key, nonce) pair that was used for two different things; a repetition of the same is none. */
  readonly reused: readonly string[];
}

/** Records every AEAD of a provider: messages, HPKE and the vault alike. */
export function recordingCrypto(inner: CryptoProvider = defaultCryptoProvider()): RecordingCrypto {
  const byPair = new Map<string, { data: Uint8Array; plaintext: Uint8Array }>();
  const byCiphertext = new Map<string, Sealed>();
  const reused: string[] = [];
  let count = 0;

  const record = (key: string, nonce: Uint8Array, data: Uint8Array, plaintext: Uint8Array): void => {
    count += 1;
    const pair = `${key}${nameOf(nonce)}`;
    const earlier = byPair.get(pair);
    if (earlier === undefined) byPair.set(pair, { data: data.slice(), plaintext });
    else if (!sameBytes(earlier.data, data) || !sameBytes(earlier.plaintext, plaintext)) reused.push(pair);
  };
  const recording = (aead: Aead): Aead => ({
    ...aead,
    seal(key, nonce, data, plaintext) {
      const sealed = { key: nameOf(key), plaintext: plaintext.slice() };
      const ciphertext = aead.seal(key, nonce, data, plaintext);
      record(sealed.key, nonce, data, sealed.plaintext);
      byCiphertext.set(tagOf(ciphertext), sealed);
      return ciphertext;
    },
  });

  const suites = new Map<number, CipherSuite | undefined>();
  const provider: CryptoProvider = {
    name: `recording ${inner.name}`,
    aes256Gcm: recording(inner.aes256Gcm),
    suite(id) {
      if (!suites.has(id)) {
        const suite = inner.suite(id);
        suites.set(id, suite && { ...suite, aead: recording(suite.aead) });
      }
      return suites.get(id);
    },
  };
  return {
    provider,
    reused,
    sealed: (ciphertext) => byCiphertext.get(tagOf(ciphertext)),
    get count() {
      return count;
    },
  };
}

/** Ciphertexts differ in their tags, the last 16 bytes. */
function tagOf(ciphertext: Uint8Array): string {
  return nameOf(ciphertext.subarray(-16));
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
