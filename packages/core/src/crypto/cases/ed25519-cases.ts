import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { utf8 } from "../../codec/utf8.ts";
import { lowOrderEd25519 } from "./bad-keys.ts";
import { bytes, holds, type ProviderCase, plus, same, suiteCases } from "./provider-case.ts";

const suites = [1, 3, 0xf002];

// RFC 8032 §7.1, tests 1 to 3: private key, public key, message, signature.
const facts = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
] as const;

const order = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

// A public key with a part of order 8: what one signature proves depends on whether the cofactor is multiplied in.
const mixedKey = "fd9ac1aec057e0416bc271f5346f02e6bea6d50f292c6fae87747674e028a8f8";
const mixedValid = [
  "message 10",
  "3ccda227550979cf897234af5b254ea660e373fc5daf81a60bd9954818621902" +
    "69118a0c8c98b0dbeda036cde9123df8a3d7d931295739c1d83c844602861001",
] as const;
const mixedOnlyWithCofactor = [
  "message 0",
  "72e6529f8c273f1fc66688cf15ab63195702c173034b6346c210131b79979127" +
    "a90471447099456fefb58d76c73c24beeb76977955eb18a1cc77b92e6acae506",
] as const;

// Signatures of the key of 32 bytes of 9 over "identity" that fulfil the equation with the point 0 as R, in three encodings.
const zeroKey = "fd1724385aa0c75b64fb78cd602fa1d991fdebf76b13c58ed702eac835e9f618";
const zeroR = [
  "0100000000000000000000000000000000000000000000000000000000000000" +
    "0061b6b627caecd27accadab5b4e19a0630f5bcae4e9f5f559e86954eb55b004",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" +
    "7e1ac8dcde487621173e0bd015a8612e051d1a85fc68ba2348748b8e0751f504",
  "0100000000000000000000000000000000000000000000000000000000000080" +
    "d160de28d6fdc3134012fae3aeecb040585700d51cfe65ed6cc0f57870b09c03",
];

const basePoint = "5866666666666666666666666666666666666666666666666666666666666666";
const one = `01${"00".repeat(31)}`;

/** Ed25519 and which of its many possible rules for odd signatures hold here. */
export const ed25519Cases: readonly ProviderCase[] = [
  ...suiteCases(suites, "Ed25519 gives the signatures of RFC 8032", ({ signature: scheme }) => {
    for (const [seed, publicKey, message, signature] of facts) {
      const pair = scheme.deriveKeyPair(fromHex(seed));
      same(pair.publicKey, publicKey, "public key");
      same(pair.privateKey, seed, "private key");
      same(scheme.sign(pair.privateKey, fromHex(message)), signature, "signature");
      holds(scheme.isPublicKey(pair.publicKey), "is a public key");
      holds(scheme.verify(pair.publicKey, fromHex(message), fromHex(signature)), "verifies");
    }
  }),
  ...suiteCases(suites, "Ed25519 refuses a second form of S", ({ signature: scheme }) => {
    for (const [, publicKey, message, signature] of facts) {
      const [r, s] = [fromHex(signature.slice(0, 64)), fromHex(signature.slice(64))];
      const forged = concat(r, plus(s, order));
      holds(!scheme.verify(fromHex(publicKey), fromHex(message), forged), "S plus the order");
    }
  }),
  ...suiteCases(
    suites,
    "Ed25519 refuses public keys of low order and unreduced ones",
    ({ signature: scheme }) => {
      const forAnything = fromHex(basePoint + one);
      for (const key of lowOrderEd25519) {
        holds(!scheme.isPublicKey(fromHex(key)), `is no public key: ${key}`);
        for (let i = 0; i < 8; i++) {
          holds(!scheme.verify(fromHex(key), bytes(4, i), forAnything), `verifies nothing: ${key}`);
        }
      }
      // 2^255 - 19 + 3 would be the point with y = 3.
      holds(!scheme.isPublicKey(fromHex(`f0${"ff".repeat(30)}7f`)), "an unreduced y");
    },
  ),
  ...suiteCases(suites, "Ed25519 refuses R of low order, however it is encoded", ({ signature: scheme }) => {
    for (const signature of zeroR) {
      holds(!scheme.verify(fromHex(zeroKey), utf8("identity"), fromHex(signature)), signature.slice(0, 64));
    }
  }),
  ...suiteCases(suites, "Ed25519 tests the equation without the cofactor", ({ signature: scheme }) => {
    const check = ([message, signature]: readonly [string, string]): boolean =>
      scheme.verify(fromHex(mixedKey), utf8(message), fromHex(signature));
    holds(check(mixedValid), "a signature that holds without the cofactor");
    holds(!check(mixedOnlyWithCofactor), "not one that holds only with it");
  }),
  ...suiteCases(suites, "Ed25519 verifies nothing with a point off the curve", ({ signature: scheme }) => {
    const [, , message, signature] = facts[2];
    const off = fromHex(`02${"00".repeat(31)}`);
    holds(!scheme.verify(off, fromHex(message), fromHex(signature)), "public key");
    const offR = concat(off, fromHex(signature.slice(64)));
    holds(!scheme.verify(fromHex(facts[2][1]), fromHex(message), offR), "R");
  }),
];
