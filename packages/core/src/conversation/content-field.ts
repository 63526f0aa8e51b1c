import type { CborValue } from "../codec/cbor.ts";
import { fromUtf8, utf8 } from "../codec/utf8.ts";
import { type ErrorCode, ReadbackError } from "../error.ts";
import { maximumTextSize } from "../wire/limits.ts";
import { type MessageId, messageIdHash, messageIdSize } from "./message-id.ts";

/**
 * Which code a broken rule has: `malformed` in what was received, `invalid-argument` in what is to be sent. The rules
 * are the same both ways.
 */
export type FieldCode = Extract<ErrorCode, "malformed" | "invalid-argument">;

/** The items of an array of this many. Throws `malformed`. */
export function arrayOf(value: CborValue | undefined, length: number): readonly CborValue[] {
  if (!Array.isArray(value) || value.length !== length) throw broken("malformed");
  return value;
}

/** A safe integer from `least` on. */
export function naturalFrom(least: number, value: CborValue | undefined, code: FieldCode): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) throw broken(code);
  return value;
}

/** Items of {@link ascendingBelow} at most. */
export const maximumNumbers = 256;

/** Ascending numbers from 1 on, all of them below `end`. Throws `too-large` over 256. */
export function ascendingBelow(end: number, list: CborValue | undefined, code: FieldCode): number[] {
  if (!Array.isArray(list)) throw broken(code);
  if (list.length > maximumNumbers) throw new ReadbackError("too-large", "A list has over 256 numbers.");
  let before = 0;
  return list.map((item: CborValue) => {
    const number = naturalFrom(before + 1, item, code);
    if (number >= end) throw broken(code);
    before = number;
    return number;
  });
}

/** Bytes of a fixed length. */
export function bytesOf(length: number, value: CborValue | undefined, code: FieldCode): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw broken(code);
  return value;
}

/** A message id of the one hash that is known. */
export function messageIdOf(value: CborValue | undefined, code: FieldCode): MessageId {
  const id = bytesOf(messageIdSize, value, code);
  if (id[0] !== messageIdHash) throw broken(code);
  return id;
}

/** The bytes of a text that a person wrote. Throws `empty-text`, `text-too-long`, or `invalid-argument` on a lone surrogate. */
export function encodeText(text: string): Uint8Array {
  if (text === "") throw new ReadbackError("empty-text", "There is no text to send.");
  // A text has at least as many bytes as UTF-16 units, so an absurdly long one costs no encoding.
  const bytes = text.length > maximumTextSize ? undefined : utf8(text);
  if (bytes === undefined || bytes.length > maximumTextSize) {
    throw new ReadbackError("text-too-long", "A text is at most 16,384 bytes long in UTF-8.");
  }
  return bytes;
}

/** The text of bytes that were received. Throws `malformed` on no bytes, on too many and on anything but UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length === 0 || bytes.length > maximumTextSize) throw broken("malformed");
  return fromUtf8(bytes);
}

/** The error of a field that breaks a rule. */
export function broken(code: FieldCode): ReadbackError {
  return new ReadbackError(code, "A field of the content is missing or out of its range.");
}
