import { createHash } from "node:crypto";
import { defaultCryptoProvider } from "../../src/crypto/default-provider.ts";
import type { CipherSuite, CryptoProvider } from "../../src/crypto/suite.ts";

/**
 * A provider that computes the same thing once: signatures, their verdicts and keys of KEMs. For tests that play the same
 * story hundreds of times from the same seeds. What it answers was computed by the real functions; only ECDSA, which would
 * draw a nonce, becomes deterministic by it. Bytes are copied in and out, so overwriting them is safe.
 */
export function memoizedCrypto(inner: CryptoProvider = defaultCryptoProvider()): CryptoProvider {
  const suites = new Map<number, CipherSuite | undefined>();
  return {
    name: `memoized ${inner.name}`,
    aes256Gcm: inner.aes256Gcm,
    suite(id) {
      if (!suites.has(id)) suites.set(id, memoizedSuite(inner.suite(id)));
      return suites.get(id);
    },
  };
}

function memoizedSuite(suite: CipherSuite | undefined): CipherSuite | undefined {
  if (suite === undefined) return undefined;
  const { signature, kem } = suite;
  const copiedPair = (pair: { publicKey: Uint8Array; privateKey: Uint8Array }) => ({
    publicKey: pair.publicKey.slice(),
    privateKey: pair.privateKey.slice(),
  });
  const copied = (bytes: Uint8Array | undefined) => bytes?.slice();
  return {
    ...suite,
    signature: {
      ...signature,
      deriveKeyPair: memoized((seed) => signature.deriveKeyPair(seed), copiedPair),
      isPublicKey: memoized((key) => signature.isPublicKey(key), same),
      sign: memoized(
        (key, message) => signature.sign(key, message),
        (bytes) => bytes.slice(),
      ),
      verify: memoized((key, message, signed) => signature.verify(key, message, signed), same),
    },
    kem: {
      ...kem,
      deriveKeyPair: memoized((secret) => kem.deriveKeyPair(secret), copiedPair),
      publicKey: memoized((key) => kem.publicKey(key), copied),
      isPublicKey: memoized((key) => kem.isPublicKey(key), same),
      encapsulate: memoized(
        (key, seed) => kem.encapsulate(key, seed),
        (sent) => sent && { secret: sent.secret.slice(), encapsulated: sent.encapsulated.slice() },
      ),
      decapsulate: decapsulation(kem.decapsulate.bind(kem)),
    },
  };
}

function decapsulation(inner: CipherSuite["kem"]["decapsulate"]): CipherSuite["kem"]["decapsulate"] {
  const compute = memoized(
    (encapsulated, publicKey, privateKey) => inner(encapsulated, { publicKey, privateKey }),
    (bytes) => bytes?.slice(),
  );
  return (encapsulated, { publicKey, privateKey }) => compute(encapsulated, publicKey, privateKey);
}

function same<T>(value: T): T {
  return value;
}

function memoized<Arguments extends Uint8Array[], Result>(
  compute: (...bytes: Arguments) => Result,
  copy: (result: Result) => Result,
): (...bytes: Arguments) => Result {
  const known = new Map<string, Result>();
  return (...bytes) => {
    const hash = createHash("sha256");
    for (const part of bytes) hash.update(Uint32Array.of(part.length)).update(part);
    const name = hash.digest("base64");
    const found = known.get(name);
    if (found !== undefined) return copy(found);
    const result = compute(...bytes);
    known.set(name, copy(result));
    return result;
  };
}
