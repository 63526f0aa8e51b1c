import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { sha256 } from "../noble/hash.ts";
import { lowOrderX25519 } from "./bad-keys.ts";
import { badPoints, nistFacts } from "./nist-facts.ts";
import {
  bytes,
  flipped,
  holds,
  type ProviderCase,
  refusesPublicKey,
  same,
  suiteCases,
} from "./provider-case.ts";
import { hybrids, referenceSuite } from "./reference.ts";

// draft-ietf-hpke-pq, appendix: MLKEM768-P256 and MLKEM768-X25519 in their first vectors. Of keys and encapsulated
// secrets, which have more than a thousand bytes, only the SHA-256 is here.
const facts = [
  {
    suite: 0xf004,
    ikmR: "5e28a96731c6665f07bb00811cd70f0d3d6c44666ca54cddbb7e5946053b6415",
    skRm: "724eed44c3843d1f260f79b142ce633d602f7989a53ffc9fd4a68690c8e7baa5",
    pkRmHash: "f1e1000a59e126ef85a7b85720c2d24bc10c2412db23e2120ef44cfae64abec2",
    ikmE:
      "0ec0fee6a71457a9dac898a1c161bf1068e68de093f07754155bb8b8b378c17ed09ead96300cc402a6371b58928592dd93565834a19839e7" +
      "dda048d8e04ff65c7b645f36738c370fbb2d684f59e16ea08aea04444762fdf3a70a114ecf0ba435c9a1e869578142b445398f49093bcca6" +
      "18f0ae5e810163b1503faf3eeaff0bdc",
    encHash: "6959c57471177c588d3ef3558c83602c9769a40fdce9e51dd70435458aebfcf7",
    secret: "26c25e807a24354387a7385bc374953539001fcb7eb99eb8d63ec7fdb8441f46",
  },
  {
    suite: 0xf002,
    ikmR: "b86e76a59fabfc87b30cd7b1f7aaa28a834eb64e7a261c197b9a842893fbce56",
    skRm: "3ec47fa82dd5689d27c6190e724c74ec8f608df3331ce331929e37b829676630",
    pkRmHash: "ad8aaf3f00d8a39bfeec2947a7d5dde68be08bba19bd301a348a45dc5fcc8341",
    ikmE:
      "2a1c0a3745fe8a48fb62034d300f54dfe1974a5b2e169e580a8789cb1cf5fd19" +
      "0fc00f3fd899594e01a8b15334b9f3fa03d8de44da86e19f5776850fb689e6c8",
    encHash: "95c0a5fca31ea59f29bbc66255ad6637b5a476b3212886af11afdc8930aeb772",
    secret: "58200ed1f137bd95a921bb47f6aaecf2395b26f7fd24efd3a5ffae4849e8dea3",
  },
];

const [p256] = nistFacts;

/** Hybrids of ML-KEM-768 and a curve. */
export const hybridCases: readonly ProviderCase[] = [
  ...facts.flatMap((fact) =>
    suiteCases([fact.suite], "the hybrid KEM gives the values of draft-ietf-hpke-pq", ({ kem }) => {
      const pair = kem.deriveKeyPair(fromHex(fact.ikmR));
      same(pair.privateKey, fact.skRm, "skRm");
      same(sha256.digest(pair.publicKey), fact.pkRmHash, "pkRm");
      const sent = kem.encapsulate(pair.publicKey, fromHex(fact.ikmE));
      same(sent && sha256.digest(sent.encapsulated), fact.encHash, "enc");
      same(sent?.secret, fact.secret, "shared_secret");
      same(sent && kem.decapsulate(sent.encapsulated, pair), fact.secret, "decapsulated");
    }),
  ),
  ...suiteCases(
    hybrids,
    "the hybrid KEM refuses coefficients that are not reduced (FIPS 203 §7.2)",
    (suite) => {
      const { publicKey } = suite.kem.deriveKeyPair(bytes(32));
      for (const at of [0, 3, 576, 1149]) {
        // 3329 is 0xd01. Two coefficients of 12 bits lie in three bytes.
        const first = publicKey.slice();
        first.set([0x01, ((first[at + 1] as number) & 0xf0) | 0x0d], at);
        refusesPublicKey(suite, first, `coefficient at byte ${at}`, "a public key only");
        const second = publicKey.slice();
        second.set([((second[at + 1] as number) & 0x0f) | 0x10, 0xd0], at + 1);
        refusesPublicKey(suite, second, `second coefficient at byte ${at}`, "a public key only");
        const largest = publicKey.slice();
        // 3328 is 0xd00.
        largest.set([0x00, ((largest[at + 1] as number) & 0xf0) | 0x0d], at);
        holds(suite.kem.isPublicKey(largest), `the largest coefficient at byte ${at}`);
      }
      const seed = publicKey.slice();
      seed.fill(0xff, 1152, 1184);
      holds(suite.kem.isPublicKey(seed), "the seed of the matrix may be anything");
    },
  ),
  ...suiteCases(hybrids, "the hybrid KEM refuses a bad half of the curve", ({ id, kem }) => {
    const pair = kem.deriveKeyPair(bytes(32));
    const sent = kem.encapsulate(pair.publicKey, bytes(kem.seedSize));
    if (sent === undefined) throw new Error("cannot encapsulate");
    const bad =
      id === 0xf002 ? lowOrderX25519 : badPoints(p256 as NonNullable<typeof p256>).map(([, point]) => point);
    for (const point of bad) {
      const key = concat(pair.publicKey.subarray(0, 1184), fromHex(point));
      refusesPublicKey({ kem }, key, point, "a public key only");
      const received = concat(sent.encapsulated.subarray(0, 1088), fromHex(point));
      same(kem.decapsulate(received, pair), undefined, `not decapsulated: ${point}`);
    }
  }),
  ...suiteCases(
    hybrids,
    "the hybrid KEM gives another secret for each change of what was sent",
    ({ id, kem }) => {
      const { kem: reference } = referenceSuite(id);
      const pair = kem.deriveKeyPair(bytes(32));
      const other = kem.deriveKeyPair(bytes(32, 2));
      const sent = kem.encapsulate(pair.publicKey, bytes(kem.seedSize));
      if (sent === undefined) throw new Error("cannot encapsulate");
      const secrets = new Set([String(sent.secret)]);
      // Implicit rejection (FIPS 203 §6.3): the answer is a secret, the same from every provider.
      for (const bit of [0, 1, 4000, 8 * 960, 8 * 1088 - 1]) {
        const changed = flipped(sent.encapsulated, bit);
        const secret = kem.decapsulate(changed, pair);
        same(secret, reference.decapsulate(changed, pair), `bit ${bit}`);
        secrets.add(String(secret));
      }
      secrets.add(String(kem.decapsulate(sent.encapsulated, other)));
      holds(secrets.size === 7, "all of them differ");
    },
  ),
];
