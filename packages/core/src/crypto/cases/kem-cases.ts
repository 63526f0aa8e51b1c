import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { nobleCryptoProvider } from "../noble/provider.ts";
import type { CipherSuite } from "../suite.ts";
import { badP256Points, lowOrderX25519, p256Order } from "./bad-keys.ts";
import { bytes, holds, type ProviderCase, refuses, same, suiteCases } from "./provider-case.ts";

/** Key encapsulation, apart from the vectors of RFC 9180 in the HPKE cases. */
export const kemCases: readonly ProviderCase[] = [
  ...suiteCases([1, 2, 3], "key encapsulation does what noble does, both ways", ({ id, kem }) => {
    const { kem: reference } = nobleSuite(id);
    for (let i = 1; i <= 5; i++) {
      const [ikm, seed] = [bytes(kem.seedSize + i, i), bytes(kem.seedSize, 100 + i)];
      const pair = kem.deriveKeyPair(ikm);
      const expected = reference.deriveKeyPair(ikm);
      same(pair.publicKey, expected.publicKey, "public key");
      same(pair.privateKey, expected.privateKey, "private key");
      same(kem.publicKey(pair.privateKey), pair.publicKey, "public key of the private one");
      holds(kem.isPublicKey(pair.publicKey), "a derived public key is one");
      const sent = kem.encapsulate(pair.publicKey, seed);
      const sentByReference = reference.encapsulate(pair.publicKey, seed);
      same(sent?.encapsulated, sentByReference?.encapsulated, "encapsulated key");
      same(sent?.secret, sentByReference?.secret, "shared secret");
      same(sent && kem.decapsulate(sent.encapsulated, pair), sent?.secret, "decapsulated");
    }
  }),
  ...suiteCases([1, 2, 3], "key encapsulation refuses what no key or seed can be", ({ kem }) => {
    const pair = kem.deriveKeyPair(bytes(kem.seedSize));
    const seed = bytes(kem.seedSize, 2);
    for (const length of [0, 1, kem.publicKeySize - 1, kem.publicKeySize + 1]) {
      const key = concat(pair.publicKey, pair.publicKey).subarray(0, length);
      refusesPublicKey({ kem }, key, `public key of ${length} bytes`);
    }
    for (const length of [0, kem.seedSize - 1, kem.seedSize + 1]) {
      refuses(() => kem.encapsulate(pair.publicKey, bytes(length)), `seed of ${length} bytes`);
    }
    refuses(() => kem.deriveKeyPair(bytes(kem.seedSize - 1)), "too few bytes to derive from");
    same(kem.publicKey(bytes(31)), undefined, "private key of 31 bytes");
    same(kem.publicKey(bytes(33)), undefined, "private key of 33 bytes");
    const sent = kem.encapsulate(pair.publicKey, seed);
    holds(sent !== undefined, "a right seed is taken");
    const wrong = { publicKey: pair.publicKey, privateKey: bytes(31) };
    refuses(() => sent && kem.decapsulate(sent.encapsulated, wrong), "private key of 31 bytes");
  }),
  ...suiteCases([1, 3], "X25519 refuses points of low order", (suite) => {
    for (const point of lowOrderX25519) {
      for (const lastBit of [0, 0x80]) {
        const key = fromHex(point);
        key[31] = (key[31] as number) | lastBit;
        refusesPublicKey(suite, key, point);
      }
    }
  }),
  ...suiteCases(
    [1, 3],
    "X25519 takes unreduced points and ignores the last bit (RFC 7748 §5)",
    ({ id, kem }) => {
      const { kem: reference } = nobleSuite(id);
      const pair = kem.deriveKeyPair(bytes(32));
      const withLastBit = pair.publicKey.slice();
      withLastBit[31] = (withLastBit[31] as number) | 0x80;
      const unreducedNine = fromHex("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
      for (const point of [withLastBit, unreducedNine]) {
        holds(kem.isPublicKey(point), "is a public key");
        const secret = kem.decapsulate(point, pair);
        holds(secret !== undefined, "decapsulates");
        same(secret, reference.decapsulate(point, pair), "decapsulated");
        const seed = bytes(32, 3);
        same(
          kem.encapsulate(point, seed)?.secret,
          reference.encapsulate(point, seed)?.secret,
          "encapsulated",
        );
      }
    },
  ),
  ...suiteCases([2], "P-256 refuses what is not an uncompressed point on the curve", (suite) => {
    for (const [what, point] of badP256Points) refusesPublicKey(suite, fromHex(point), what);
  }),
  ...suiteCases([2], "P-256 refuses private keys that are zero or not below the order", ({ kem }) => {
    const pair = kem.deriveKeyPair(bytes(32));
    for (const scalar of ["00".repeat(32), p256Order, "ff".repeat(32)]) {
      const privateKey = fromHex(scalar);
      same(kem.publicKey(privateKey), undefined, scalar);
      const wrong = { publicKey: pair.publicKey, privateKey };
      refuses(() => kem.decapsulate(pair.publicKey, wrong), scalar);
    }
    const last = fromHex(p256Order);
    last[31] = (last[31] as number) - 1;
    holds(kem.publicKey(last) !== undefined, "the last private key below the order is one");
  }),
];

function refusesPublicKey({ kem }: Pick<CipherSuite, "kem">, key: Uint8Array, what: string): void {
  holds(!kem.isPublicKey(key), `is no public key: ${what}`);
  holds(kem.encapsulate(key, bytes(kem.seedSize)) === undefined, `not encapsulated to: ${what}`);
  const pair = kem.deriveKeyPair(bytes(kem.seedSize, 7));
  same(kem.decapsulate(key, pair), undefined, `not decapsulated: ${what}`);
}

function nobleSuite(id: number): CipherSuite {
  const suite = nobleCryptoProvider.suite(id);
  if (suite === undefined) throw new Error(`noble has no suite ${id}`);
  return suite;
}
