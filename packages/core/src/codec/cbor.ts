import { ReadbackError } from "../error.ts";
import { compareBytes } from "./bytes.ts";
import { Reader } from "./reader.ts";
import { fromUtf8, utf8 } from "./utf8.ts";
import { encode, type Writer } from "./writer.ts";

/** A key of a map: a safe integer or a text. */
export type CborKey = number | string;

/** Everything that the profile knows: no floats, no tags, no `undefined`, and no integer beyond 2^53 - 1 either way. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborKey, CborValue>;

/** What one document may cost its reader. */
export interface CborLimits {
  /** Bytes of the whole document at most. */
  readonly size: number;
  /** Levels of arrays and maps at most, one inside the other; the outermost is the first. */
  readonly depth: number;
}

// RFC 8949 §3.1; of the simple values (§3.3) the profile has three.
const major = { natural: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5 } as const;
const simple = { false: 0xf4, true: 0xf5, null: 0xf6 } as const;

/**
 * The one deterministic encoding of a value (RFC 8949 §4.2.1): shortest forms, definite lengths, keys in the order of
 * their bytes. Throws `invalid-argument` on a number that is no safe integer and on a text that is not Unicode.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(writeValue, value);
}

/**
 * The value of a document, which must be in its one deterministic encoding and fill `bytes` exactly. Throws `too-large`
 * over the size limit, before anything is read, and `malformed` on everything else: depth over the limit, tags, floats,
 * keys that are neither integers nor texts, keys that are there twice, anything that {@link encodeCbor} writes otherwise.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  if (bytes.length > limits.size)
    throw new ReadbackError("too-large", "A CBOR document is larger than allowed.");
  const reader = new Reader(bytes);
  const value = readValue(reader, limits.depth);
  reader.finish();
  return value;
}

/** Levels of arrays and maps in a value: 0 where it is neither, 1 where nothing in it is one. */
export function cborDepth(value: CborValue): number {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return 0;
  let deepest = 0;
  for (const item of value.values()) deepest = Math.max(deepest, cborDepth(item));
  return deepest + 1;
}

function writeValue(writer: Writer, value: CborValue): void {
  if (value === null) writer.u8(simple.null);
  else if (typeof value === "boolean") writer.u8(value ? simple.true : simple.false);
  else if (typeof value === "number") writeInteger(writer, value);
  else if (typeof value === "string") writeBytes(writer, major.text, utf8(value));
  else if (value instanceof Uint8Array) writeBytes(writer, major.bytes, value);
  else if (value instanceof Map) writeMap(writer, value);
  else writeArray(writer, value as readonly CborValue[]);
}

function writeInteger(writer: Writer, value: number): void {
  if (!Number.isSafeInteger(value))
    throw new ReadbackError("invalid-argument", "A number is no safe integer.");
  if (value < 0) writeHead(writer, major.negative, -1 - value);
  else writeHead(writer, major.natural, value);
}

function writeBytes(writer: Writer, type: number, bytes: Uint8Array): void {
  writeHead(writer, type, bytes.length);
  writer.raw(bytes);
}

function writeArray(writer: Writer, items: readonly CborValue[]): void {
  writeHead(writer, major.array, items.length);
  for (const item of items) writeValue(writer, item);
}

function writeMap(writer: Writer, map: ReadonlyMap<CborKey, CborValue>): void {
  writeHead(writer, major.map, map.size);
  const entries = [...map].map(([key, value]) => ({ key: encodeCbor(key), value }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  for (const { key, value } of entries) writeValue(writer.raw(key), value);
}

/** The first byte and the number that follows it, in the shortest form. */
function writeHead(writer: Writer, type: number, value: number): void {
  const first = type << 5;
  if (value < 24) writer.u8(first | value);
  else if (value <= 0xff) writer.u8(first | 24).u8(value);
  else if (value <= 0xffff) writer.u8(first | 25).u16(value);
  else if (value <= 0xffffffff) writer.u8(first | 26).u32(value);
  else writer.u8(first | 27).safe(value);
}

/** @param depth - levels that may still be opened; recursion goes no deeper */
function readValue(reader: Reader, depth: number): CborValue {
  const first = reader.u8();
  if (first === simple.null) return null;
  if (first === simple.false || first === simple.true) return first === simple.true;
  const value = readNumber(reader, first & 0x1f);
  switch (first >>> 5) {
    case major.natural:
      return value;
    case major.negative:
      if (value === Number.MAX_SAFE_INTEGER) throw malformed();
      return -1 - value;
    case major.bytes:
      return reader.raw(value);
    case major.text:
      return fromUtf8(reader.raw(value, "view"));
    case major.array:
      return readArray(reader, value, depth - 1);
    case major.map:
      return readMap(reader, value, depth - 1);
    default:
      throw malformed();
  }
}

/** The number of a head, from the low bits of its first byte on; each width only for what the one before cannot hold. */
function readNumber(reader: Reader, low: number): number {
  if (low < 24) return low;
  if (low === 24) return above(23, reader.u8());
  if (low === 25) return above(0xff, reader.u16());
  if (low === 26) return above(0xffff, reader.u32());
  if (low === 27) return above(0xffffffff, reader.safe());
  throw malformed();
}

function above(limit: number, value: number): number {
  if (value <= limit) throw malformed();
  return value;
}

function readArray(reader: Reader, length: number, depth: number): CborValue[] {
  if (depth < 0) throw malformed();
  const items: CborValue[] = [];
  // Each item takes a byte at least: a length that lies ends with the bytes.
  while (items.length < length) items.push(readValue(reader, depth));
  return items;
}

function readMap(reader: Reader, size: number, depth: number): Map<CborKey, CborValue> {
  if (depth < 0) throw malformed();
  const map = new Map<CborKey, CborValue>();
  let before: Uint8Array | undefined;
  while (map.size < size) {
    const start = reader.offset;
    const key = readValue(reader, 0);
    if (typeof key !== "number" && typeof key !== "string") throw malformed();
    const encoded = reader.since(start);
    // Ascending, and so no key is there twice.
    if (before !== undefined && compareBytes(before, encoded) >= 0) throw malformed();
    before = encoded;
    map.set(key, readValue(reader, depth));
  }
  return map;
}

function malformed(): ReadbackError {
  return new ReadbackError("malformed", "Bytes are not CBOR in its deterministic form.");
}
