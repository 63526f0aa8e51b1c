import { fromHex } from "../../codec/hex.ts";
import { utf8 } from "../../codec/utf8.ts";
import * as noble from "../noble/aead.ts";
import type { Aead, CryptoProvider } from "../suite.ts";
import { bytes, flipped, holds, type ProviderCase, refuses, same } from "./provider-case.ts";

interface Cipher {
  readonly name: string;
  readonly reference: Aead;
  /** `undefined` where the provider has no suite with it. */
  of(provider: CryptoProvider): Aead | undefined;
  readonly fact: Fact;
}

interface Fact {
  readonly key: string;
  readonly nonce: string;
  readonly associatedData: string;
  readonly plaintext: Uint8Array;
  readonly ciphertext: string;
}

// The GCM specification of McGrew and Viega, test cases 4 and 16: one message under two keys.
const gcm = {
  nonce: "cafebabefacedbaddecaf888",
  associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
  plaintext: fromHex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
  ),
};
const gcmKey = "feffe9928665731c6d6a8f9467308308";

const ciphers: readonly Cipher[] = [
  {
    name: "AES-128-GCM",
    reference: noble.aes128Gcm,
    of: (provider) => (provider.suite(2) ?? provider.suite(1))?.aead,
    fact: {
      ...gcm,
      key: gcmKey,
      ciphertext:
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e" +
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091" +
        "5bc94fbc3221a5db94fae95ae7121a47",
    },
  },
  {
    name: "AES-256-GCM",
    reference: noble.aes256Gcm,
    of: (provider) => provider.aes256Gcm,
    fact: {
      ...gcm,
      key: gcmKey + gcmKey,
      ciphertext:
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
        "76fc6ece0f4e1768cddf8853bb2d551b",
    },
  },
  {
    name: "ChaCha20-Poly1305",
    reference: noble.chaCha20Poly1305,
    of: (provider) => (provider.suite(3) ?? provider.suite(6))?.aead,
    // RFC 8439 §2.8.2.
    fact: {
      key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      nonce: "070000004041424344454647",
      associatedData: "50515253c0c1c2c3c4c5c6c7",
      plaintext: utf8(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      ),
      ciphertext:
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6" +
        "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36" +
        "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" +
        "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
    },
  },
];

/** Authenticated encryption. */
export const aeadCases: readonly ProviderCase[] = ciphers.flatMap(({ name, reference, of, fact }) => {
  const each = (what: string, run: (aead: Aead) => void): ProviderCase => ({
    name: `${name} ${what}`,
    run(provider) {
      const aead = of(provider);
      if (aead !== undefined) run(aead);
    },
  });
  const [key, nonce] = [bytes(reference.keySize), bytes(12, 2)];
  const [associatedData, plaintext] = [bytes(20, 3), bytes(33, 4)];
  return [
    each("gives the published ciphertext", (aead) => {
      const [k, n, a] = [fromHex(fact.key), fromHex(fact.nonce), fromHex(fact.associatedData)];
      same(aead.seal(k, n, a, fact.plaintext), fact.ciphertext, "seal");
      same(aead.open(k, n, a, fromHex(fact.ciphertext)), fact.plaintext, "open");
    }),
    each("says its sizes", ({ keySize, nonceSize, tagSize }) => {
      holds(keySize === reference.keySize && nonceSize === 12 && tagSize === 16, "sizes of key, nonce, tag");
    }),
    each("is right at every length of data", (aead) => {
      for (const length of [0, 1, 15, 16, 17, 63, 64, 65, 1000, 20_000]) {
        for (const extra of [0, 1, 16, 100]) {
          const [text, a] = [bytes(length, 5), bytes(extra, 6)];
          const sealed = aead.seal(key, nonce, a, text);
          same(sealed, reference.seal(key, nonce, a, text), `${length} bytes, ${extra} associated`);
          same(aead.open(key, nonce, a, sealed), text, `${length} bytes opened`);
        }
      }
    }),
    each("opens nothing after any one bit was turned", (aead) => {
      const sealed = aead.seal(key, nonce, associatedData, plaintext);
      for (let bit = 0; bit < 8 * sealed.length; bit += 3) {
        same(aead.open(key, nonce, associatedData, flipped(sealed, bit)), undefined, `bit ${bit}`);
      }
      same(aead.open(flipped(key, 9), nonce, associatedData, sealed), undefined, "key");
      same(aead.open(key, flipped(nonce, 9), associatedData, sealed), undefined, "nonce");
      same(aead.open(key, nonce, flipped(associatedData, 9), sealed), undefined, "associated data");
      same(aead.open(key, nonce, new Uint8Array(0), sealed), undefined, "no associated data");
    }),
    each("opens nothing that is short of its tag", (aead) => {
      const sealed = aead.seal(key, nonce, associatedData, plaintext);
      const empty = aead.seal(key, nonce, associatedData, new Uint8Array(0));
      same(aead.open(key, nonce, associatedData, empty), new Uint8Array(0), "an empty plaintext");
      for (let length = 0; length < sealed.length; length++) {
        const cut = sealed.subarray(0, length);
        same(aead.open(key, nonce, associatedData, cut), undefined, `${length} bytes`);
      }
      same(aead.open(key, nonce, associatedData, empty.subarray(1)), undefined, "a tag of 15 bytes");
      same(aead.open(key, nonce, associatedData, new Uint8Array(16)), undefined, "a tag of zeros");
      const longer = new Uint8Array(sealed.length + 1);
      longer.set(sealed);
      same(aead.open(key, nonce, associatedData, longer), undefined, "one byte more");
    }),
    each("refuses keys and nonces of other sizes", (aead) => {
      const sealed = aead.seal(key, nonce, associatedData, plaintext);
      for (const length of [0, 15, 16, 24, 31, 32, 33].filter((size) => size !== aead.keySize)) {
        refuses(() => aead.seal(bytes(length), nonce, associatedData, plaintext), `seal, key of ${length}`);
        refuses(() => aead.open(bytes(length), nonce, associatedData, sealed), `open, key of ${length}`);
      }
      for (const length of [0, 8, 11, 13, 16, 24]) {
        refuses(() => aead.seal(key, bytes(length), associatedData, plaintext), `seal, nonce of ${length}`);
        refuses(() => aead.open(key, bytes(length), associatedData, sealed), `open, nonce of ${length}`);
      }
    }),
  ];
});
