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

const nearPrime448 = `fe${"ff".repeat(27)}`;

/** All forms of the u-coordinates of low order on Curve448 and its twist: 0, 1, -1, and the first two plus the prime. */
export const lowOrderX448: readonly string[] = [
  "00".repeat(56),
  `01${"00".repeat(55)}`,
  nearPrime448 + nearPrime448,
  "ff".repeat(28) + nearPrime448,
  "00".repeat(28) + "ff".repeat(28),
];

/** Encodings of the points of low order on edwards448, reduced and not, with either sign. */
export const lowOrderEd448: readonly string[] = lowOrderX448.flatMap((y) => [`${y}00`, `${y}80`]);
