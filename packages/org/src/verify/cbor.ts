import { check } from "./refusal.ts";
import { Reader, text } from "./tls.ts";

/** What a document can hold: no floats, no tags, no integer beyond 2^53 - 1. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | ReadonlyMap<Cbor, Cbor>;

const [mostValues, deepest] = [2 ** 18, 40];

/**
 * Reads a document in the deterministic encoding of RFC 8949 §4.2.1 and refuses everything else, so a value has one form.
 * What a length promises costs nothing before it is there.
 */
export function readCbor(document: Uint8Array): Cbor {
  const reader = new Reader(document);
  let values = 0;

  const read = (depth: number): Cbor => {
    values += 1;
    check(values <= mostValues && depth <= deepest, "too-large", "There are too many values.");
    const first = reader.uint(1);
    if (first >= 0xf4 && first <= 0xf6) return first === 0xf6 ? null : first === 0xf5;
    const [type, low] = [first >> 5, first & 0x1f];
    check(type <= 5, "malformed", "CBOR holds a tag, a float or an unknown value.");
    // Up to 23 in the first byte, or else in 1, 2, 4 or 8 more. A longer form is refused like a number too large.
    const size = low < 24 ? 0 : 2 ** (low - 24);
    const number = low < 24 ? low : reader.uint(size);
    const least = size === 1 ? 24 : 2 ** (4 * size);
    check(size === 0 || number >= least, "malformed", "A CBOR number is not in its form.");
    if (type < 2) return type === 0 ? number : -1 - number;
    if (type < 4) return type === 2 ? reader.raw(number) : text(reader.raw(number));
    if (type === 5) return readMap(number, depth + 1);
    const found: Cbor[] = [];
    while (found.length < number) found.push(read(depth + 1));
    return found;
  };

  const readMap = (size: number, depth: number): ReadonlyMap<Cbor, Cbor> => {
    const map = new Map<Cbor, Cbor>();
    let before = "";
    while (map.size < size) {
      const start = reader.at;
      const key = read(depth);
      // One character for a byte: these texts are in the order of the bytes.
      const encoded = String.fromCharCode(...document.subarray(start, Math.min(reader.at, start + 512)));
      const isKey = typeof key === "string" || typeof key === "number";
      check(isKey && encoded > before, "malformed", "Keys of a map are out of order, or there twice.");
      before = encoded;
      map.set(key, read(depth));
    }
    return map;
  };

  const value = read(0);
  reader.finish();
  return value;
}

/** An array, of this length where one is given. */
export function array(value: Cbor | undefined, length?: number): readonly Cbor[] {
  const holds = Array.isArray(value) && value.length === (length ?? value.length);
  check(holds, "malformed", "An array is missing, or has another length.");
  return value;
}

/** A byte string, of this length where one is given. */
export function bytes(value: Cbor | undefined, length?: number): Uint8Array {
  const holds = value instanceof Uint8Array && value.length === (length ?? value.length);
  check(holds, "malformed", "A byte string is missing, or has another length.");
  return value;
}

/** An integer that is not negative. */
export function natural(value: Cbor | undefined): number {
  check(typeof value === "number" && value >= 0, "malformed", "A number is missing.");
  return value;
}
