import type { Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";

// Structs that are hashed, signed and stored again and again keep the bytes they came in. They are keyed by identity:
// values are immutable, and a changed copy is another object.
const encodings = new WeakMap<object, Uint8Array>();

/** Reads a struct and keeps the bytes it was read from for {@link encodingOf}. */
export function readAndKeep<T extends object>(reader: Reader, read: (reader: Reader) => T): T {
  const start = reader.offset;
  const value = read(reader);
  encodings.set(value, reader.since(start));
  return value;
}

/** The encoded form of an immutable struct, made at most once. Shared: not to be changed. */
export function encodingOf<T extends object>(
  value: T,
  write: (writer: Writer, value: T) => void,
): Uint8Array {
  const known = encodings.get(value);
  if (known !== undefined) return known;
  const made = encode(write, value);
  encodings.set(value, made);
  return made;
}
