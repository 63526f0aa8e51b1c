import { check } from "./refusal.ts";
import { Reader, text } from "./tls.ts";

/** What a document can hold: no floats, no tags, no integer beyond 2^53 - 1. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | ReadonlyMap<Cbor, Cbor>;

const mostValues = 2 ** 18;
const deepest = 40;

/**
 * Reads a document in the deterministic encoding of RFC 8949 §4.2.1: shortest forms, definite lengths, keys in the order
 * of their bytes and none twice. Everything else is refused, so a value has one form. What a length promises costs
 * nothing before it is there.
 */
export function readCbor(document: Uint8Array): Cbor {
  const reader = new Reader(document);
  let values = 0;

  const read = (depth: number): Cbor => {
    values += 1;
    check(values <= mostValues && depth <= deepest, "too-large", "There are too many values.");
    const first = reader.uint(1);
    if (first >= 0xf4 && first <= 0xf6) return first === 0xf6 ? null : first === 0xf5;
    const type = first >> 5;
    check(type <= 5, "malformed", "CBOR holds a tag, a float or an unknown value.");
    const number = readNumber(first & 0x1f);
    if (type === 5) return readMap(number, depth + 1);
    if (type === 3) return text(reader.raw(number));
    if (type === 2) return reader.raw(number);
    if (type < 2) return type === 0 ? number : -1 - number;
    const found: Cbor[] = [];
    while (found.length < number) found.push(read(depth + 1));
    return found;
  };

  const readNumber = (low: number): number => {
    check(low < 28, "malformed", "A CBOR number has no known form.");
    const size = low < 24 ? 0 : 2 ** (low - 24);
    const value = size === 0 ? low : reader.uint(size);
    const least = size === 0 ? 0 : size === 1 ? 24 : 2 ** (4 * size);
    check(value >= least, "malformed", "A CBOR number is not in its shortest form.");
    return value;
  };

  const readMap = (size: number, depth: number): ReadonlyMap<Cbor, Cbor> => {
    const map = new Map<Cbor, Cbor>();
    let before = "";
    while (map.size < size) {
      const start = reader.at;
      const key = read(depth);
      // One character for a byte: these texts are in the order of the bytes.
      const encoded = String.fromCharCode(...document.subarray(start, Math.min(reader.at, start + 512)));
      check(encoded > before, "malformed", "The keys of a map are out of order.");
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
  check(Array.isArray(value), "malformed", "An array is missing.");
  check(length === undefined || value.length === length, "malformed", "An array has another length.");
  return value;
}

/** A byte string, of this length where one is given. */
export function bytes(value: Cbor | undefined, length?: number): Uint8Array {
  check(value instanceof Uint8Array, "malformed", "A byte string is missing.");
  check(length === undefined || value.length === length, "malformed", "A byte string has another length.");
  return value;
}

/** An integer that is not negative. */
export function natural(value: Cbor | undefined): number {
  check(typeof value === "number" && value >= 0, "malformed", "A number is missing.");
  return value;
}
