import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { labeledKdf } from "../labeled-kdf.ts";
import type { CipherSuite } from "../suite.ts";
import { lowOrderX448, lowOrderX25519 } from "./bad-keys.ts";
import { badPoints, nistFacts } from "./nist-facts.ts";
import {
  bytes,
  holds,
  type ProviderCase,
  refuses,
  refusesPublicKey,
  same,
  suiteCases,
} from "./provider-case.ts";
import { allSuites, referenceSuite } from "./reference.ts";

// RFC 7748 §6.2: private and public key of Alice, of Bob, and what they agree on.
const x448Facts = {
  alice:
    "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
  alicePublic:
    "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
  bob: "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
  bobPublic:
    "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
  agreed:
    "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d",
};

/** Key encapsulation, apart from the vectors of RFC 9180 in the HPKE cases. */
export const kemCases: readonly ProviderCase[] = [
  ...suiteCases(allSuites, "key encapsulation does what noble does, both ways", ({ id, kem }) => {
    const { kem: reference } = referenceSuite(id);
    for (let i = 1; i <= 5; i++) {
      const [ikm, seed] = [bytes(kem.seedSize + i, i), bytes(kem.seedSize, 100 + i)];
      const pair = kem.deriveKeyPair(ikm);
      const expected = reference.deriveKeyPair(ikm);
      same(pair.publicKey, expected.publicKey, "public key");
      same(pair.privateKey, expected.privateKey, "private key");
      same(kem.publicKey(pair.privateKey), pair.publicKey, "public key of the private one");
      holds(pair.publicKey.length === kem.publicKeySize, "size of a public key");
      holds(kem.isPublicKey(pair.publicKey), "a derived public key is one");
      const sent = kem.encapsulate(pair.publicKey, seed);
      const sentByReference = reference.encapsulate(pair.publicKey, seed);
      same(sent?.encapsulated, sentByReference?.encapsulated, "encapsulated key");
      same(sent?.secret, sentByReference?.secret, "shared secret");
      same(sent && kem.decapsulate(sent.encapsulated, pair), sent?.secret, "decapsulated");
      same(sent && reference.decapsulate(sent.encapsulated, pair), sent?.secret, "decapsulated by noble");
      same(seed, bytes(kem.seedSize, 100 + i), "the seed is left as it was");
    }
  }),
  ...suiteCases(allSuites, "key encapsulation refuses what no key or seed can be", ({ kem, kdf }) => {
    const pair = kem.deriveKeyPair(bytes(kem.seedSize));
    const seed = bytes(kem.seedSize, 2);
    for (const length of [0, 1, kem.publicKeySize - 1, kem.publicKeySize + 1]) {
      const key = concat(pair.publicKey, pair.publicKey).subarray(0, length);
      refusesPublicKey({ kem }, key, `public key of ${length} bytes`);
    }
    for (const length of [0, kem.seedSize - 1, kem.seedSize + 1]) {
      refuses(() => kem.encapsulate(pair.publicKey, bytes(length)), `seed of ${length} bytes`);
    }
    const size = pair.privateKey.length;
    const shortest = Math.min(size, kdf.size);
    refuses(() => kem.deriveKeyPair(bytes(shortest - 1)), "too few bytes to derive from");
    // Node secrets and init secrets are as long as the hash, whatever the KEM is (RFC 9420 §7.4, §8.3).
    holds(
      kem.isPublicKey(kem.deriveKeyPair(bytes(kdf.size)).publicKey),
      "derived from as many bytes as a hash",
    );
    const sent = kem.encapsulate(pair.publicKey, seed);
    holds(sent !== undefined, "a right seed is taken");
    for (const length of [0, size - 1, size + 1]) {
      same(kem.publicKey(bytes(length)), undefined, `private key of ${length} bytes`);
      const wrong = { publicKey: pair.publicKey, privateKey: bytes(length) };
      refuses(() => sent && kem.decapsulate(sent.encapsulated, wrong), `private key of ${length} bytes`);
    }
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
  ...suiteCases([1, 3], "X25519 takes unreduced points and ignores the last bit (RFC 7748 §5)", (suite) => {
    const withLastBit = suite.kem.deriveKeyPair(bytes(32)).publicKey.slice();
    withLastBit[31] = (withLastBit[31] as number) | 0x80;
    takes(suite, withLastBit);
    takes(suite, fromHex("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));
  }),
  ...suiteCases([4, 6], "X448 refuses points of low order", (suite) => {
    for (const point of lowOrderX448) refusesPublicKey(suite, fromHex(point), point);
  }),
  ...suiteCases([4, 6], "X448 takes unreduced points, and every bit counts (RFC 7748 §5)", (suite) => {
    // The base point plus the prime, and the largest value that 56 bytes can have.
    takes(suite, fromHex(`04${"00".repeat(27)}${"ff".repeat(28)}`));
    takes(suite, fromHex("ff".repeat(56)));
    const point = suite.kem.deriveKeyPair(bytes(56)).publicKey;
    const other = point.slice();
    other[55] = (other[55] as number) ^ 0x80;
    const pair = suite.kem.deriveKeyPair(bytes(56, 2));
    const [a, b] = [suite.kem.decapsulate(point, pair), suite.kem.decapsulate(other, pair)];
    holds(a !== undefined && b !== undefined, "both decapsulate");
    holds(a?.some((byte, i) => byte !== b?.[i]) === true, "to different secrets");
  }),
  ...suiteCases([4, 6], "X448 gives the values of RFC 7748", ({ kem, kdf }) => {
    const { alice, alicePublic, bob, bobPublic, agreed } = x448Facts;
    same(kem.publicKey(fromHex(alice)), alicePublic, "the key of Alice");
    same(kem.publicKey(fromHex(bob)), bobPublic, "the key of Bob");
    const labeled = labeledKdf(kdf, "KEM", [kem.id]);
    const key = labeled.extract(new Uint8Array(0), "eae_prk", fromHex(agreed));
    const context = fromHex(alicePublic + bobPublic);
    const secret = labeled.expand(key, "shared_secret", context, kdf.size);
    const pair = { publicKey: fromHex(bobPublic), privateKey: fromHex(bob) };
    same(kem.decapsulate(fromHex(alicePublic), pair), secret, "the shared secret");
  }),
  ...nistFacts.flatMap((fact) => [
    ...suiteCases(
      [fact.suite],
      `${fact.name} refuses what is not an uncompressed point on the curve`,
      (suite) => {
        for (const [what, point] of badPoints(fact)) refusesPublicKey(suite, fromHex(point), what);
      },
    ),
    ...suiteCases(
      [fact.suite],
      `${fact.name} refuses private keys that are zero or not below the order`,
      ({ kem }) => {
        const { order } = fact;
        const size = order.length / 2;
        const pair = kem.deriveKeyPair(bytes(size));
        for (const scalar of ["00".repeat(size), order, "ff".repeat(size)]) {
          const privateKey = fromHex(scalar);
          same(kem.publicKey(privateKey), undefined, scalar);
          const wrong = { publicKey: pair.publicKey, privateKey };
          refuses(() => kem.decapsulate(pair.publicKey, wrong), scalar);
        }
        const last = fromHex(order);
        last[size - 1] = (last[size - 1] as number) - 1;
        holds(kem.publicKey(last) !== undefined, "the last private key below the order is one");
      },
    ),
  ]),
];

/** The point is a public key, and encapsulation to it and decapsulation from it do what noble does. */
function takes({ id, kem }: CipherSuite, point: Uint8Array): void {
  const { kem: reference } = referenceSuite(id);
  const pair = kem.deriveKeyPair(bytes(kem.seedSize));
  holds(kem.isPublicKey(point), "is a public key");
  const secret = kem.decapsulate(point, pair);
  holds(secret !== undefined, "decapsulates");
  same(secret, reference.decapsulate(point, pair), "decapsulated");
  const seed = bytes(kem.seedSize, 3);
  same(kem.encapsulate(point, seed)?.secret, reference.encapsulate(point, seed)?.secret, "encapsulated");
}
