const floor = 256;

/**
 * How long something of `length` bytes (below 2^31) must be made before it is encrypted: at least 256 bytes, beyond that
 * a length whose binary form has few significant digits (Padmé: as many as its exponent has). The size on the wire then
 * tells O(log log length) bits, for at most 12 % more bytes.
 */
export function paddedLength(length: number): number {
  if (length <= floor) return floor;
  const exponent = binaryLogarithm(length);
  const significant = binaryLogarithm(exponent) + 1;
  const step = 2 ** (exponent - significant);
  return Math.ceil(length / step) * step;
}

/** Rounded down, and exact, which `Math.log2` need not be. */
function binaryLogarithm(value: number): number {
  return 31 - Math.clz32(value);
}
