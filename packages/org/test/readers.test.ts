import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CborValue, decodeCbor, encodeCbor } from "../../core/src/codec/cbor.ts";
import { decode } from "../../core/src/codec/reader.ts";
import { encode, type Writer } from "../../core/src/codec/writer.ts";
import { readCbor } from "../src/verify/cbor.ts";
import { items, Reader, vector } from "../src/verify/tls.ts";

// Two implementations by the same rules: whatever one refuses, the other does.

const key = fc.oneof(fc.integer(), fc.string());
const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 70_000 }), fc.string({ unit: "binary" })),
    fc.oneof(fc.boolean(), fc.constant(null), fc.uint8Array({ maxLength: 300 })),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((pairs) => new Map(pairs)),
  ),
})).value;

describe("CBOR", () => {
  test("is read as the core writes it", () => {
    fc.assert(
      fc.property(value, (written) => {
        expect(readCbor(encodeCbor(written))).toEqual(written);
      }),
    );
  });

  test("with a byte changed or taken away is refused where the core refuses it, and read alike where not", () => {
    const changed = fc.tuple(value, fc.nat(), fc.nat(255), fc.boolean()).map(([written, at, byte, cut]) => {
      const bytes = encodeCbor(written);
      const place = at % bytes.length;
      return cut
        ? Uint8Array.of(...bytes.subarray(0, place), ...bytes.subarray(place + 1))
        : bytes.with(place, byte);
    });
    fc.assert(
      fc.property(changed, (bytes) => {
        expect(outcomeOf(() => readCbor(bytes))).toEqual(ofCore(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[name: string, bytes: number[]]>([
    ["a number in a longer form", [0x18, 23]],
    ["a number in a form twice as long", [0x19, 0, 255]],
    ["a number in the longest form", [0x1b, 0, 0, 0, 0, 255, 255, 255, 255]],
    ["an array without a length", [0x9f, 0xff]],
    ["a number of 16 bytes", [0x1c, ...new Array(16).fill(1)]],
    ["a number over 2^53 - 1", [0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0]],
    ["keys out of order", [0xa2, 2, 0, 1, 0]],
    ["a key twice", [0xa2, 1, 0, 1, 0]],
    ["a key that is null", [0xa1, 0xf6, 0]],
    ["a tag", [0xc0, 0]],
    ["a float", [0xf9, 0, 0]],
    ["undefined", [0xf7]],
    ["a text that is not UTF-8", [0x61, 0xff]],
    ["something after the end", [0, 0]],
  ])("with %s is refused", (_name, bytes) => {
    expect(outcomeOf(() => readCbor(Uint8Array.from(bytes)))).toBe("refused");
    expect(ofCore(Uint8Array.from(bytes))).toBe("refused");
  });
});

describe("a vector of TLS", () => {
  test("is read and written as the core does", () => {
    for (const length of [0, 1, 63, 64, 100, 16_383, 16_384, 70_000]) {
      const content = new Uint8Array(length).fill(7);
      const written = encode((writer: Writer) => writer.bytes(content), undefined);
      expect(vector(content)).toEqual(written);
      expect(new Reader(written).vector()).toEqual(content);
    }
  });

  test("of any bytes is refused where the core refuses it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const read = outcomeOf(() => items(bytes, (reader) => reader.vector()));
        expect(read).toEqual(
          outcomeOf(() =>
            decode((reader) => {
              const found: Uint8Array[] = [];
              while (!reader.done) found.push(reader.bytes());
              return found;
            }, bytes),
          ),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["a longer form than it needs", [0x40, 1, 9]],
    ["the longest form for a short one", [0x80, 0, 0, 1, 9]],
    ["a form that is none", [0xc0, 0, 0, 0, 0, 0, 0, 0]],
    [
      "a form that is none, and all that it says",
      [0xc0, 0, 0, 0, 0, 0, 0x40, 0, ...new Array(16_384).fill(9)],
    ],
    ["fewer bytes than it says", [3, 1, 2]],
  ])("with %s is refused", (_name, bytes) => {
    expect(outcomeOf(() => new Reader(Uint8Array.from(bytes)).vector())).toBe("refused");
  });
});

function ofCore(bytes: Uint8Array): unknown {
  return outcomeOf(() => decodeCbor(bytes, { size: 1e6, depth: 40 }));
}

function outcomeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return "refused";
  }
}
