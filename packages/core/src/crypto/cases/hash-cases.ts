import { fromHex } from "../../codec/hex.ts";
import { utf8 } from "../../codec/utf8.ts";
import { hkdf } from "../hkdf.ts";
import { hashFacts, macInputs } from "./hash-facts.ts";
import { bytes, holds, type ProviderCase, refuses, same, suiteCases } from "./provider-case.ts";
import { referenceSuite } from "./reference.ts";

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

/** The hash of each suite, HMAC and HKDF over it. */
export const hashCases: readonly ProviderCase[] = [
  ...hashFacts.flatMap(({ name, suites, size, blockSize, digests, macs }) => [
    ...suiteCases(suites, `${name} gives the digests of FIPS 180-4`, ({ hash }) => {
      holds(hash.size === size, `the size is ${size}`);
      for (const [text, expected] of digests) same(hash.digest(utf8(text)), expected, text);
    }),
    ...suiteCases(suites, `${name} is right at every length around its blocks`, ({ id, hash }) => {
      const { hash: reference } = referenceSuite(id);
      const [short, block] = [blockSize - blockSize / 8 - 1, blockSize];
      const around = [short, short + 1, block - 1, block, block + 1, 2 * block - 9, 2 * block - 8, 2 * block];
      for (const length of [1, ...around, 1000, 1024, 1025, 5000]) {
        same(hash.digest(bytes(length)), reference.digest(bytes(length)), `${length} bytes`);
      }
    }),
    ...suiteCases(suites, `HMAC-${name} gives the tags of RFC 4231`, ({ hash }) => {
      for (const [i, [key, data]] of macInputs.entries()) {
        same(hash.mac(fromHex(key), data), macs[i], key);
      }
    }),
    ...suiteCases(suites, `HMAC-${name} is right at every length of key and data`, ({ id, hash }) => {
      const { hash: reference } = referenceSuite(id);
      for (const keyLength of [0, 1, size, blockSize - 1, blockSize, blockSize + 1, 200]) {
        for (const length of [0, 1, 55, 64, 111, 128, 1023, 1024, 1025, 3000]) {
          const [key, data] = [bytes(keyLength), bytes(length, 2)];
          const tag = reference.mac(key, data);
          same(hash.mac(key, data), tag, `key of ${keyLength}, ${length} bytes`);
          same(hash.prf?.(key, data) ?? tag, tag, `key of ${keyLength}, ${length} bytes, as a PRF`);
        }
      }
    }),
    ...suiteCases(suites, `HKDF-${name} gives any length up to its limit`, ({ id, kdf }) => {
      const [key, info] = [bytes(size), bytes(10, 2)];
      const most = 255 * size;
      const longest = hkdf(referenceSuite(id).hash).expand(key, info, most);
      for (const length of [0, 1, 16, size - 1, size, size + 1, 2 * size, 2 * size + 1, most]) {
        same(kdf.expand(key, info, length), longest.subarray(0, length), `${length} bytes`);
      }
      for (const length of [most + 1, -1, 1.5, Number.NaN]) {
        refuses(() => kdf.expand(key, info, length), `${length} bytes`);
      }
    }),
  ]),
  ...suiteCases([1, 2, 3], "HKDF gives the keys of RFC 5869", ({ kdf }) => {
    for (const [secret, salt, info, extracted, expanded] of derivations) {
      const key = kdf.extract(fromHex(salt), fromHex(secret));
      same(key, extracted, "extract");
      same(kdf.expand(key, fromHex(info), expanded.length / 2), expanded, "expand");
    }
  }),
];

function range(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => (from + i).toString(16).padStart(2, "0")).join("");
}
