import { concatBytes, equalBytes, numberToBytesBE, utf8ToBytes } from "@noble/ciphers/utils.js";
import { check } from "./refusal.ts";

/** Reads numbers, and vectors with their length in front (RFC 9420 §2.1.2). Returns views, never copies. */
export class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  raw(length: number): Uint8Array {
    check(length <= this.#bytes.length - this.at, "malformed", "The bytes end too early.");
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  uint(size: number, start = 0): number {
    const value = this.raw(size).reduce((sum, byte) => sum * 256 + byte, start);
    check(Number.isSafeInteger(value), "malformed", "A number is over 2^53 - 1.");
    return value;
  }

  vector(): Uint8Array {
    const first = this.uint(1);
    const size = 2 ** (first >> 6);
    const length = this.uint(size - 1, first & 0x3f);
    const isShortest = size === 1 || length >= 2 ** (size === 2 ? 6 : 14);
    check(size < 8 && isShortest, "malformed", "A length is not in its form.");
    return this.raw(length);
  }

  finish(): void {
    check(this.at === this.#bytes.length, "malformed", "There is something after the end.");
  }
}

/** The items of a vector. */
export function items<T>(vector: Uint8Array, read: (reader: Reader) => T): T[] {
  const reader = new Reader(vector);
  const found: T[] = [];
  while (reader.at < vector.length) found.push(read(reader));
  return found;
}

/** A vector with its length in front. */
export function vector(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const form = length < 2 ** 6 ? 0 : length < 2 ** 14 ? 1 : 2;
  return concatBytes(numberToBytesBE(form * 2 ** (8 * 2 ** form - 2) + length, 2 ** form), bytes);
}

/** Two bytes, and eight. */
export const u16 = (value: number): Uint8Array => numberToBytesBE(value, 2);
export const u64 = (value: number): Uint8Array => numberToBytesBE(value, 8);

/** The text of bytes, which must be UTF-8. */
export function text(bytes: Uint8Array): string {
  const found = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  check(equalBytes(utf8ToBytes(found), bytes), "malformed", "A text is not UTF-8.");
  return found;
}
