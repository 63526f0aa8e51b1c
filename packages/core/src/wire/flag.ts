import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";

/** Encodes a truth value as one byte. */
export function writeFlag(writer: Writer, flag: boolean): void {
  writer.u8(flag ? 1 : 0);
}

/** Decodes a truth value. Throws `malformed` where it is neither 0 nor 1. */
export function readFlag(reader: Reader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new ReadbackError("malformed", "A flag is neither 0 nor 1.");
  return flag === 1;
}
