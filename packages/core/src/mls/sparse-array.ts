/**
 * An immutable array with holes, in chunks: changing one place copies one chunk and the list of chunks, so a group of
 * a thousand members costs a message hardly more than a group of two. Versions share what they have in common.
 */
export type SparseArray<T> = readonly (readonly (T | undefined)[] | undefined)[];

const chunkBits = 5;
const chunkMask = (1 << chunkBits) - 1;

/** The item at `index`, or `undefined` where there is none. */
export function itemAt<T>(array: SparseArray<T>, index: number): T | undefined {
  return array[index >>> chunkBits]?.[index & chunkMask];
}

/** A version of `array` with `item` at each given place; `undefined` leaves a hole. */
export function withItems<T>(
  array: SparseArray<T>,
  items: Iterable<readonly [index: number, item: T | undefined]>,
): SparseArray<T> {
  const chunks = array.slice();
  const copied = new Set<number>();
  for (const [index, item] of items) {
    const at = index >>> chunkBits;
    while (chunks.length <= at) chunks.push(undefined);
    const before = chunks[at];
    const chunk = (copied.has(at) ? before : before?.slice()) as (T | undefined)[] | undefined;
    const changed = chunk ?? new Array<T | undefined>(chunkMask + 1).fill(undefined);
    changed[index & chunkMask] = item;
    chunks[at] = changed;
    copied.add(at);
  }
  return chunks;
}

/** Every place of `array` that holds an item, in ascending order. */
export function* items<T>(array: SparseArray<T>): Generator<[index: number, item: T]> {
  for (const [at, chunk] of array.entries()) {
    if (chunk === undefined) continue;
    for (const [offset, item] of chunk.entries()) {
      if (item !== undefined) yield [(at << chunkBits) + offset, item];
    }
  }
}

/** Every place where two versions differ by identity, with both items. Chunks they share cost one comparison. */
export function* differences<T>(
  before: SparseArray<T>,
  after: SparseArray<T>,
): Generator<[index: number, before: T | undefined, after: T | undefined]> {
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    const old = before[at];
    const now = after[at];
    if (old === now) continue;
    for (let offset = 0; offset <= chunkMask; offset++) {
      if (old?.[offset] !== now?.[offset]) yield [(at << chunkBits) + offset, old?.[offset], now?.[offset]];
    }
  }
}
