import { describe, expect, test } from "vitest";
import { verifyEvidence } from "../src/verify.ts";
import { forge } from "./forge.ts";
import { fileOf, partsOf, type Row } from "./parts.ts";

describe("hostile bytes", () => {
  test.each<[name: string, bytes: Uint8Array, code: string]>([
    ["nothing", new Uint8Array(), "malformed"],
    ["null", Uint8Array.of(0xf6), "malformed"],
    ["an array of 2^53 items", Uint8Array.of(0x9b, 0, 0x1f, 255, 255, 255, 255, 255, 255), "malformed"],
    ["a byte string of 2^53 bytes", Uint8Array.of(0x5b, 0, 0x1f, 255, 255, 255, 255, 255, 255), "malformed"],
    ["a map of 2^32 keys", Uint8Array.of(0xba, 255, 255, 255, 255), "malformed"],
    ["arrays in arrays", new Uint8Array(100_000).fill(0x81), "too-large"],
    [
      "a million values",
      new Uint8Array(1_000_005).with(0, 0x9a).with(2, 0x0f).with(3, 0x42).with(4, 0x40),
      "too-large",
    ],
    ["more than 16 MiB", new Uint8Array(2 ** 24 + 1), "too-large"],
  ])("%s are answered", (_name, bytes, code) => {
    expect(verdictOf(bytes)).toBe(code);
  });

  test("more items or groups than a file may have are answered before any is looked at", () => {
    const [items, groups] = [partsOf(forge()), partsOf(forge())];
    items.items.push(...new Array<Row>(2_048).fill([]));
    groups.groups.push(...new Array<Row>(256).fill([]));
    for (const parts of [items, groups]) expect(verdictOf(fileOf(parts))).toBe("too-large");
  });

  test("even what is no bytes at all is answered", () => {
    for (const wrong of [undefined, null, "file", 5, [], {}, { length: 3 }]) {
      expect(verdictOf(wrong as unknown as Uint8Array)).not.toBe("holds");
    }
  });
});

function verdictOf(bytes: Uint8Array): string {
  const verdict = verifyEvidence(bytes);
  return verdict.holds ? "holds" : verdict.code;
}
