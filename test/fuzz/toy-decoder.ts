import type { Target } from "../../fuzz/target.ts";
import { Reader } from "../../packages/core/src/codec/reader.ts";
import { ReadbackError } from "../../packages/core/src/error.ts";

/** A decoder with a bug behind four bytes that chance alone hardly brings together. */
export const toy: Target = {
  name: "toy",
  home: "core",
  mayRefuse: (code) => code === "malformed",
  seeds: () => [new Uint8Array(8)],
  take: (input) => void decodeToy(input),
};

export function decodeToy(bytes: Uint8Array): Uint8Array | string {
  const reader = new Reader(bytes);
  if (reader.u8() !== 0x52) throw refused();
  if (reader.u8() !== 0xb1) throw refused();
  if (reader.u8() !== 0x07) throw refused();
  const length = reader.u8();
  if (length < 0xe0) return reader.raw(length);
  // Without the check against the bytes at hand that `raw` has.
  return Array.from({ length }, (_, at) => (bytes[at + 4] as number).toString(16)).join("");
}

function refused(): ReadbackError {
  return new ReadbackError("malformed", "Bytes are no toy.");
}
