/** One NIST curve: the suites over it, its order, and a key pair with a signature (RFC 6979, appendix A.2). */
export interface NistFact {
  readonly name: string;
  /** Suites that encrypt with keys on it, in hybrids as well as alone. */
  readonly suite: number;
  /** Suites that sign with keys on it. */
  readonly signing: readonly number[];
  readonly order: string;
  readonly privateKey: string;
  readonly x: string;
  readonly y: string;
  /** A signature over "sample", both integers in full length. */
  readonly r: string;
  readonly s: string;
  /** A point on the curve whose x is given plus the prime. */
  readonly unreduced: readonly [x: string, y: string];
}

/** P-256, P-384 and P-521. */
export const nistFacts: readonly NistFact[] = [
  {
    name: "P-256",
    suite: 2,
    signing: [2, 0xf004],
    order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    privateKey: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    x: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
    y: "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    r: "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    s: "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    unreduced: [
      "ffffffff00000001000000000000000000000001000000000000000000000004",
      "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc",
    ],
  },
  {
    name: "P-384",
    suite: 7,
    signing: [7],
    order:
      "ffffffffffffffffffffffffffffffffffffffffffffffff" + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    privateKey:
      "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba" + "9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
    x: "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13",
    y: "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
    r: "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46",
    s: "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8",
    unreduced: [
      "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff000000000000000100000001",
      "8cdeadbbd04911a3c1931e26df3fa6439dca9c7eb286fbd46fc319f0e2bb780232baf57825fc0c1912ada2fefe84024c",
    ],
  },
  {
    name: "P-521",
    suite: 5,
    signing: [5],
    order:
      "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
      "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    privateKey:
      "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75ca" +
      "a896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
    x:
      "01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd37" +
      "1123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f5023a4",
    y:
      "00493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a28" +
      "a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfdfcf5",
    r:
      "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f17" +
      "4e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa",
    s:
      "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af28" +
      "2623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a",
    unreduced: [
      `02${"00".repeat(65)}`,
      "0010e59be93c4f269c0269c79e2afd65d6aeaa9b701eacc194fb3ee03df47849bf" +
        "550ec636ebee0ddd4a16f1cd9406605af38f584567770e3f272d688c832e843564",
    ],
  },
];

/** The point of a fact in its right form. */
export function goodPoint({ x, y }: NistFact): string {
  return `04${x}${y}`;
}

/** Byte strings that must not be taken for a public key on the curve, and why. */
export function badPoints(fact: NistFact): readonly (readonly [why: string, point: string])[] {
  const { x, y, unreduced } = fact;
  const size = x.length / 2;
  const last = (Number.parseInt(y.slice(-2), 16) ^ 1).toString(16).padStart(2, "0");
  return [
    ["nothing", ""],
    ["infinity", "00"],
    ["infinity, padded", "00".repeat(1 + 2 * size)],
    ["compressed, y odd", `03${x}`],
    ["compressed, y even", `02${x}`],
    ["hybrid, y odd", `07${x}${y}`],
    ["hybrid, y even", `06${x}${y}`],
    ["no prefix", x + y],
    ["an unknown prefix", `05${x}${y}`],
    ["one byte more", `04${x}${y}00`],
    ["one byte less", `04${x}${y.slice(2)}`],
    ["off the curve", `04${x}${y.slice(0, -2)}${last}`],
    ["zero", `04${"00".repeat(2 * size)}`],
    ["x and y exchanged", `04${y}${x}`],
    ["x not below the prime", `04${unreduced[0]}${unreduced[1]}`],
  ];
}
