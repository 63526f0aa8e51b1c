import { fromHex } from "../../codec/hex.ts";
import { utf8 } from "../../codec/utf8.ts";
import { hkdf } from "../hkdf.ts";
import { sha256 } from "../noble/hash.ts";
import type { CipherSuite } from "../suite.ts";
import { bytes, holds, type ProviderCase, refuses, same, suiteCases } from "./provider-case.ts";

const withSha256 = [1, 2, 3];

// FIPS 180-4 examples.
const digests = [
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
] as const;

// RFC 4231 §4.2, §4.3 and §4.7: key, data, HMAC-SHA-256.
const macs = [
  ["0b".repeat(20), utf8("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  [
    "4a656665",
    utf8("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "aa".repeat(131),
    utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
] as const;

// RFC 5869, appendix A.1 to A.3: input, salt, info, PRK, OKM.
const derivations = [
  [
    "0b".repeat(22),
    "000102030405060708090a0b0c",
    "f0f1f2f3f4f5f6f7f8f9",
    "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  ],
  [
    range(0x00, 0x50),
    range(0x60, 0xb0),
    range(0xb0, 0x100),
    "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09" +
      "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  ],
  [
    "0b".repeat(22),
    "",
    "",
    "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  ],
] as const;

/** SHA-256, HMAC and HKDF. */
export const hashCases: readonly ProviderCase[] = [
  ...suiteCases(withSha256, "SHA-256 gives the digests of FIPS 180-4", ({ hash }) => {
    holds(hash.size === 32, "the size is 32");
    for (const [text, expected] of digests) same(hash.digest(utf8(text)), expected, text);
  }),
  ...suiteCases(withSha256, "SHA-256 is right at every length around its blocks", ({ hash }) => {
    for (const length of [1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 1024, 1025, 5000]) {
      same(hash.digest(bytes(length)), sha256.digest(bytes(length)), `${length} bytes`);
    }
  }),
  ...suiteCases(withSha256, "HMAC gives the tags of RFC 4231", ({ hash }) => {
    for (const [key, data, expected] of macs) same(hash.mac(fromHex(key), data), expected, key);
  }),
  ...suiteCases(withSha256, "HMAC is right at every length of key and data", ({ hash }) => {
    for (const keyLength of [0, 1, 32, 63, 64, 65, 200]) {
      for (const length of [0, 1, 55, 64, 1023, 1024, 1025, 3000]) {
        const [key, data] = [bytes(keyLength), bytes(length, 2)];
        same(hash.mac(key, data), sha256.mac(key, data), `key of ${keyLength}, ${length} bytes`);
      }
    }
  }),
  ...suiteCases(withSha256, "HKDF gives the keys of RFC 5869", ({ kdf }) => {
    for (const [secret, salt, info, extracted, expanded] of derivations) {
      const key = kdf.extract(fromHex(salt), fromHex(secret));
      same(key, extracted, "extract");
      same(kdf.expand(key, fromHex(info), expanded.length / 2), expanded, "expand");
    }
  }),
  ...suiteCases(withSha256, "HKDF gives any length up to its limit", ({ kdf }: CipherSuite) => {
    const [key, info] = [bytes(32), bytes(10, 2)];
    const longest = hkdf(sha256).expand(key, info, 255 * 32);
    for (const length of [0, 1, 16, 31, 32, 33, 64, 65, 255 * 32]) {
      same(kdf.expand(key, info, length), longest.subarray(0, length), `${length} bytes`);
    }
    for (const length of [255 * 32 + 1, -1, 1.5, Number.NaN]) {
      refuses(() => kdf.expand(key, info, length), `${length} bytes`);
    }
  }),
];

function range(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => (from + i).toString(16).padStart(2, "0")).join("");
}
