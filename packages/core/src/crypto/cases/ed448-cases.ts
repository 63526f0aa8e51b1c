import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { utf8 } from "../../codec/utf8.ts";
import { lowOrderEd448 } from "./bad-keys.ts";
import { bytes, holds, type ProviderCase, plus, same, suiteCases } from "./provider-case.ts";

const suites = [4, 6];

// RFC 8032 §7.4, the first three without context: private key, public key, message, signature.
const facts = [
  [
    "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
    "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
    "",
    "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980" +
      "ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600",
  ],
  [
    "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
    "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480",
    "03",
    "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd77980" +
      "5e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00",
  ],
  [
    "cd23d24f714274e744343237b93290f511f6425f98e64459ff203e8985083ffdf60500553abc0e05cd02184bdb89c4ccd67e187951267eb328",
    "dcea9e78f35a1bf3499a831b10b86c90aac01cd84b67a0109b55a36e9328b1e365fce161d71ce7131a543ea4cb5f7e9f1d8b00696447001400",
    "0c3e544074ec63b0265e0c",
    "1f0a8888ce25e8d458a21130879b840a9089d999aaba039eaf3e3afa090a09d389dba82c4ff2ae8ac5cdfb7c55e94d5d961a29fe0109941e00" +
      "b8dbdeea6d3b051068df7254c0cdc129cbe62db2dc957dbb47b51fd3f213fb8698f064774250a5028961c9bf8ffd973fe5d5c206492b140e00",
  ],
] as const;

const order = fromHex(
  "f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7cffffffffffffffffffffffffffffffffffffffffffffffffffffff3f00",
);

// A public key with a part of order 4, and a signature that holds only with the cofactor multiplied in.
const mixedKey =
  "cccd5a8878703aae703a65a7237a588d92a644aa95d5e6dca102bdecae16c4310862e33040384fb8fa27df25358768dc47f16f9a7e2cc25c00";
const mixedKeySignature =
  "b65bc719a600d171ad59aae44672d8960b45c153b4a91b3fce5ce1ef144d399b4a6a05752086f49d3b70ff1870d0b50514defd471e0ec35880" +
  "40c1573b40dd0d48825d7c474855e21df5848c2432d4fba7e350f01f3a1e695a27b624cca5975b73053475ab34aee46f7b4c55561d83533100";

// A plain key and a signature of it whose R has a part of order 4.
const plainKey =
  "2e5b9dbd3028cf9cd0cb767d6a3d8ff7b09b93a5c5e604ca25655368b2783bf7e0ce78dc7dec86b008f460c997017c386a3d8c4a49083d6580";
const mixedRSignature =
  "2c1325e2c1d5688086d52bbd64ec772eb25ed554fe60b66da9202e9dfed004751936228b4ba613f02e19cd8eea25499d0fbdc3664d18dd0100" +
  "178a802cc9e6917cf1d9727cda499f58fa03a278cbda116945288ed8f4891ed94c15f48e4f269860d4b64134345a25558a76cd45001d0d2300";
// For each encoding of a point of low order the S with which it is the R of a signature over "identity".
const lowOrderS = [
  "3c8e5280fec19737f3e91b07eb8e31854556fa3a12f478fe796caf7ae69757b4b8dec7eb6dc36bea9837138a652bacae28573ea3c0f4880800",
  "c3547e500952c67991d54c5181bb04e716ec884b611304ac4483d1a7d784f257ad1ae3eec24ceae7c834e129c66928d51e66a4dd4a2d151300",
  "2a77714be6a196164ec3d35df5d4bd43c9dc15c046aecfb0a33601b6cb1c18ec0e99f14b791e15cb0ab2b9298c06dfbcb5d2bc4d8510b00900",
  "fc8ab5e99679fc2a183664fe5753df603c3be07518b572054b0140d634f84dec370048d67529f3228bb99dd7ae360478d6e858bf986fd33f00",
  "3f1fbce5efb48b83463732abeb04415242f0de0ea8ca5c4902cbb9c0a93ae26868529f1a0a52e658aac7829531fa3d886c7dd234214eb63e00",
  "5aeb2a469a50affdfcf8b42ed5744e84209016c164793f64a6041950f421671b3356977a3ab4a65f9d48d88a46cb5b3baa545107b578323700",
  "8954819ef11794392d4e3ffbbf72954583f6afb8e7217eff91931fed171ed571ef75357e7ea0f90b77254da7c0d194eb0e239ff848bdab2b00",
  "b41ca895ed6364336e6d7edc1f6289432a0b79e5ac1514a3ba34bd880fe9b3f53682c0c749158e304503719f7cd864bf7676adb4833fb43b00",
  "21d185e949a65b9f4c49903d18340116717edb5e3fc247412f87584ef37ed3bf2c654f3acaf0153872521a5fcbfb4de6de644c5c8914df1300",
  "b51801f41962f8a3c9a4087a14e07d62f1ef273886061073042c30fa5b7b413c35b0d726d6e9e428201d2d39703c8dd4ef31a3979b57aa3800",
];

const basePoint =
  "14fa30f25b790898adc8d74e2c13bdfdc4397ce61cffd33ad7c2a0051e9c78874098a36c7373ea4b62c7c9563720768824bcb66e71463f6900";
const one = `01${"00".repeat(56)}`;

/** Ed448 and which of its many possible rules for odd signatures hold here. */
export const ed448Cases: readonly ProviderCase[] = [
  ...suiteCases(suites, "Ed448 gives the signatures of RFC 8032", ({ signature: scheme }) => {
    for (const [seed, publicKey, message, signature] of facts) {
      const pair = scheme.deriveKeyPair(fromHex(seed));
      same(pair.publicKey, publicKey, "public key");
      same(pair.privateKey, seed, "private key");
      same(scheme.sign(pair.privateKey, fromHex(message)), signature, "signature");
      holds(scheme.isPublicKey(pair.publicKey), "is a public key");
      holds(scheme.verify(pair.publicKey, fromHex(message), fromHex(signature)), "verifies");
    }
  }),
  ...suiteCases(suites, "Ed448 refuses a second form of S", ({ signature: scheme }) => {
    const [, publicKey, message, signature] = facts[2];
    const [r, s] = [fromHex(signature.slice(0, 114)), fromHex(signature.slice(114))];
    let larger = s;
    for (let times = 1; times <= 4; times++) {
      larger = plus(larger, order);
      const forged = concat(r, larger);
      holds(!scheme.verify(fromHex(publicKey), fromHex(message), forged), `S plus ${times} times the order`);
    }
    for (const bit of [0x01, 0x40, 0x80]) {
      const forged = concat(r, s);
      forged[113] = bit;
      holds(!scheme.verify(fromHex(publicKey), fromHex(message), forged), `${bit} in the last byte`);
    }
  }),
  ...suiteCases(
    suites,
    "Ed448 refuses public keys of low order and unreduced ones",
    ({ signature: scheme }) => {
      const forAnything = fromHex(basePoint + one);
      for (const key of lowOrderEd448) {
        holds(!scheme.isPublicKey(fromHex(key)), `is no public key: ${key}`);
        for (let i = 0; i < 4; i++) {
          holds(!scheme.verify(fromHex(key), bytes(4, i), forAnything), `verifies nothing: ${key}`);
        }
      }
      // The point with y = 3, with the prime added, and with a bit between y and the sign of x.
      holds(scheme.isPublicKey(fromHex(`03${"00".repeat(56)}`)), "y = 3 in its right form");
      for (const key of [`02${"00".repeat(27)}${"ff".repeat(28)}00`, `03${"00".repeat(55)}01`]) {
        holds(!scheme.isPublicKey(fromHex(key)), `is no public key: ${key}`);
      }
    },
  ),
  ...suiteCases(suites, "Ed448 refuses R of low order, however it is encoded", ({ signature: scheme }) => {
    for (const [i, r] of lowOrderEd448.entries()) {
      const signature = fromHex(`${r}${lowOrderS[i]}`);
      holds(!scheme.verify(fromHex(plainKey), utf8("identity"), signature), r);
    }
  }),
  ...suiteCases(suites, "Ed448 tests the equation with the cofactor", ({ signature: scheme }) => {
    holds(scheme.verify(fromHex(mixedKey), utf8("message 0"), fromHex(mixedKeySignature)), "public key");
    holds(scheme.verify(fromHex(plainKey), utf8("message"), fromHex(mixedRSignature)), "R");
    holds(!scheme.verify(fromHex(mixedKey), utf8("message"), fromHex(mixedKeySignature)), "another message");
  }),
  ...suiteCases(suites, "Ed448 verifies nothing with a point off the curve", ({ signature: scheme }) => {
    const [, publicKey, message, signature] = facts[2];
    const off = fromHex(`02${"00".repeat(56)}`);
    holds(!scheme.verify(off, fromHex(message), fromHex(signature)), "public key");
    const offR = concat(off, fromHex(signature.slice(114)));
    holds(!scheme.verify(fromHex(publicKey), fromHex(message), offR), "R");
  }),
];
