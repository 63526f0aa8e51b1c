import assert from "node:assert/strict";
import { concat } from "../../../src/codec/bytes.ts";
import { fromHex, hex } from "../../../src/codec/hex.ts";
import { decode } from "../../../src/codec/reader.ts";
import { Writer } from "../../../src/codec/writer.ts";
import type { Outcome } from "./tools.ts";

interface DeserializationCase {
  vlbytes_header: string;
  length: number;
}

// Headers of longer vectors are checked by what the reader says to a vector that is not there.
const longest = 1 << 20;

/** Runs one case of `deserialization.json`. */
export function run(vector: unknown): Outcome {
  const { vlbytes_header, length } = vector as DeserializationCase;
  const header = fromHex(vlbytes_header);
  if (length <= longest) {
    const content = new Uint8Array(length).fill(7);
    const bytes = concat(header, content);
    assert.deepEqual(
      decode((reader) => reader.bytes(), bytes),
      content,
    );
    assert.equal(hex(new Writer().bytes(content).finish()), hex(bytes));
  }
  const limited = (maximum: number) => () => decode((reader) => reader.bytes(maximum), header);
  if (length > 0) assert.throws(limited(length - 1), { code: "too-large" });
  if (length > 0) assert.throws(limited(length), { code: "malformed" });
  return "passed";
}
