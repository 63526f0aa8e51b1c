/** The order of the base point of P-256. */
export const p256Order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

const x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

/** A point on P-256 (RFC 6979, appendix A.2.5) in its right form. */
export const goodP256Point = `04${x}${y}`;

/** Byte strings that must not be taken for a public key on P-256, and why. */
export const badP256Points: readonly (readonly [why: string, point: string])[] = [
  ["nothing", ""],
  ["infinity", "00"],
  ["infinity, padded", "00".repeat(65)],
  ["compressed, y odd", `03${x}`],
  ["compressed, y even", `02${x}`],
  ["hybrid, y odd", `07${x}${y}`],
  ["hybrid, y even", `06${x}${y}`],
  ["no prefix", x + y],
  ["an unknown prefix", `05${x}${y}`],
  ["one byte more", `04${x}${y}00`],
  ["one byte less", `04${x}${y.slice(2)}`],
  ["off the curve", `04${x}${y.slice(0, -2)}98`],
  ["zero", `04${"00".repeat(64)}`],
  ["x and y exchanged", `04${y}${x}`],
  // x = 5 has a point on the curve; here it stands as 5 + p.
  [
    "x not below the prime",
    "04ffffffff00000001000000000000000000000001000000000000000000000004" +
      "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc",
  ],
];

/** All forms of the u-coordinates of low order on Curve25519 and its twist, the last bit left out. */
export const lowOrderX25519: readonly string[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/** Encodings of the points of low order on edwards25519, reduced and not, with either sign. */
export const lowOrderEd25519: readonly string[] = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];
