import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equal } from "../../src/crypto/equal.ts";
import {
  decryptWithLabel,
  encryptWithLabel,
  expandWithLabel,
  signWithLabel,
  verifyWithLabel,
} from "../../src/crypto/labels.ts";
import type { CipherSuite, CryptoProvider } from "../../src/crypto/suite.ts";
import { wipe } from "../../src/crypto/wipe.ts";
import { defaultCryptoProvider, nobleCryptoProvider } from "../../src/crypto.ts";
import { everyId, everySuite } from "./every-suite.ts";

const native = suitesOf(everySuite(defaultCryptoProvider()));
const noble = suitesOf(everySuite(nobleCryptoProvider));
const suites = native.map((suite, i) => [suite.id, suite, noble[i] as CipherSuite] as const);

const anyBytes = fc.uint8Array({ maxLength: 300 });
const sized = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const label = fc.string({ maxLength: 80 });
const bit = fc.nat(100_000);

describe.each(suites)("suite %i", (_id, suite, other) => {
  test("what one provider seals the other opens, and nothing else does", () => {
    const { aead } = suite;
    fc.assert(
      fc.property(
        sized(aead.keySize),
        sized(aead.nonceSize),
        anyBytes,
        anyBytes,
        bit,
        (key, nonce, aad, text, at) => {
          const sealed = aead.seal(key, nonce, aad, text);
          expect(other.aead.seal(key, nonce, aad, text)).toEqual(sealed);
          expect(other.aead.open(key, nonce, aad, sealed)).toEqual(text);
          const changed = turned(sealed, at);
          expect(aead.open(key, nonce, aad, changed)).toBeUndefined();
          expect(other.aead.open(key, nonce, aad, changed)).toBeUndefined();
        },
      ),
    );
  });

  test("what one provider encrypts with a label the other decrypts, and nothing else does", () => {
    const seed = sized(suite.kem.seedSize);
    fc.assert(
      fc.property(seed, seed, label, anyBytes, anyBytes, bit, (ikm, seed, label, context, text, at) => {
        const pair = other.kem.deriveKeyPair(ikm);
        const sealed = encryptWithLabel(suite, label, context)(pair.publicKey, text, seed);
        expect(sealed && decryptWithLabel(other, pair, label, context, sealed)).toEqual(text);
        expect(sealed && decryptWithLabel(suite, pair, `${label}.`, context, sealed)).toBeUndefined();
        const changed = sealed && {
          kemOutput: turned(sealed.kemOutput, at),
          ciphertext: sealed.ciphertext,
        };
        expect(changed && decryptWithLabel(suite, pair, label, context, changed)).toBeUndefined();
        expect(changed && decryptWithLabel(other, pair, label, context, changed)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  test("what one provider signs the other verifies, and nothing else", () => {
    fc.assert(
      fc.property(sized(suite.signature.seedSize), label, anyBytes, bit, (seed, label, content, at) => {
        const { publicKey, privateKey } = suite.signature.deriveKeyPair(seed);
        const signature = signWithLabel(suite, privateKey, label, content);
        expect(verifyWithLabel(other, publicKey, label, content, signature)).toBe(true);
        const changed = turned(signature, at);
        expect(verifyWithLabel(suite, publicKey, label, content, changed)).toBe(false);
        expect(verifyWithLabel(other, publicKey, label, content, changed)).toBe(false);
        expect(verifyWithLabel(suite, publicKey, label, turned(content, at), signature)).toBe(false);
        expect(verifyWithLabel(suite, turned(publicKey, at), label, content, signature)).toBe(false);
        expect(verifyWithLabel(other, turned(publicKey, at), label, content, signature)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  test("no bytes make a public key or a signature throw, and providers agree on them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), anyBytes, (key, message) => {
        expect(suite.kem.isPublicKey(key)).toBe(other.kem.isPublicKey(key));
        expect(suite.signature.isPublicKey(key)).toBe(other.signature.isPublicKey(key));
        expect(suite.signature.verify(key, message, key)).toBe(false);
        expect(other.signature.verify(key, message, key)).toBe(false);
      }),
    );
  });

  test("labels and contexts never run into each other", () => {
    fc.assert(
      fc.property(label, label, anyBytes, anyBytes, (label, otherLabel, context, otherContext) => {
        fc.pre(label !== otherLabel || !equal(context, otherContext));
        const secret = new Uint8Array(suite.kdf.size).fill(1);
        const one = expandWithLabel(suite, secret, label, context, 16);
        const two = expandWithLabel(other, secret, otherLabel, otherContext, 16);
        expect(equal(one, two)).toBe(false);
        expect(expandWithLabel(other, secret, label, context, 16)).toEqual(one);
      }),
    );
  });
});

test("equal is equality of bytes", () => {
  fc.assert(
    fc.property(anyBytes, bit, anyBytes, (a, at, b) => {
      expect(equal(a, a.slice())).toBe(true);
      expect(equal(a, turned(a, at))).toBe(false);
      expect(equal(a, b)).toBe(Buffer.compare(a, b) === 0);
      expect(equal(a, a.subarray(1))).toBe(a.length === 0);
      expect(equal(a.subarray(1), a)).toBe(a.length === 0);
    }),
  );
});

test("wipe leaves zeros", () => {
  const [one, two] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  wipe(one, undefined, two);
  expect([...one, ...two]).toEqual([0, 0, 0]);
});

/** A copy with one bit turned, or with a byte more where there is no bit. */
function turned(bytes: Uint8Array, at: number): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(at);
  const copy = bytes.slice();
  const byte = (at >>> 3) % bytes.length;
  copy[byte] = (copy[byte] as number) ^ (1 << (at & 7));
  return copy;
}

function suitesOf(provider: CryptoProvider): CipherSuite[] {
  return everyId.map((id) => provider.suite(id)).filter((suite) => suite !== undefined);
}
