import { utf8 } from "../../codec/utf8.ts";

/** Published values of a hash function of MLS. */
export interface HashFact {
  readonly name: string;
  /** The suites that have it, and no other. */
  readonly suites: readonly number[];
  readonly size: number;
  readonly blockSize: number;
  /** FIPS 180-4 examples: nothing, "abc" and a message of more than one block. */
  readonly digests: readonly (readonly [text: string, digest: string])[];
  /** HMAC of each of {@link macInputs}. */
  readonly macs: readonly string[];
}

/** RFC 4231 §4.2, §4.3 and §4.7: key and data. */
export const macInputs: readonly (readonly [key: string, data: Uint8Array])[] = [
  ["0b".repeat(20), utf8("Hi There")],
  ["4a656665", utf8("what do ya want for nothing?")],
  ["aa".repeat(131), utf8("Test Using Larger Than Block-Size Key - Hash Key First")],
];

const short = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const long =
  "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" +
  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

/** SHA-256, SHA-384 and SHA-512. */
export const hashFacts: readonly HashFact[] = [
  {
    name: "SHA-256",
    suites: [1, 2, 3],
    size: 32,
    blockSize: 64,
    digests: [
      ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
      ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
      [short, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"],
    ],
    macs: [
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
  },
  {
    name: "SHA-384",
    suites: [7, 0xf002, 0xf004],
    size: 48,
    blockSize: 128,
    digests: [
      [
        "",
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
      ],
      [
        "abc",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
      ],
      [
        long,
        "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
      ],
    ],
    macs: [
      "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
      "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
    ],
  },
  {
    name: "SHA-512",
    suites: [4, 5, 6],
    size: 64,
    blockSize: 128,
    digests: [
      [
        "",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" +
          "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
      ],
      [
        "abc",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
      ],
      [
        long,
        "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018" +
          "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
      ],
    ],
    macs: [
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde" +
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554" +
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352" +
        "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
    ],
  },
];
