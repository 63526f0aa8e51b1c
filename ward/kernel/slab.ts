const slabSize = 32_768;
const largestShare = 4_096;
let slab = new ArrayBuffer(slabSize);
let used = 0;

/**
 * Zeros. They share their memory with others, since a piece of its own costs ten times as much as most of what is copied
 * here: so nothing may look at the buffer behind them.
 */
export function fresh(length: number): Uint8Array {
  if (length > largestShare) return new Uint8Array(length);
  const start = used;
  // Words may be read from where it begins.
  used += (length + 3) & ~3;
  if (used <= slabSize) return new Uint8Array(slab, start, length);
  slab = new ArrayBuffer(slabSize);
  used = (length + 3) & ~3;
  return new Uint8Array(slab, 0, length);
}

/** A copy in memory as {@link fresh} gives it. */
export function copied(bytes: Uint8Array): Uint8Array {
  const copy = fresh(bytes.length);
  copy.set(bytes);
  return copy;
}
