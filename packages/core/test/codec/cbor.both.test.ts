import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CborKey, type CborValue, cborDepth, decodeCbor, encodeCbor } from "../../src/codec/cbor.ts";
import { fromHex, hex } from "../../src/codec/hex.ts";

const limits = { size: 65_536, depth: 4 };

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  throw new Error("nothing was thrown");
}

/** Facts of RFC 8949, appendix A and §4.2.1. */
const facts: [value: CborValue, encoded: string][] = [
  [0, "00"],
  [23, "17"],
  [24, "1818"],
  [1_000, "1903e8"],
  [1_000_000_000_000, "1b000000e8d4a51000"],
  [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
  [-1, "20"],
  [-1_000, "3903e7"],
  [Number.MIN_SAFE_INTEGER, "3b001ffffffffffffe"],
  [false, "f4"],
  [true, "f5"],
  [null, "f6"],
  ["", "60"],
  ["IETF", "6449455446"],
  ["ü水𐅑", "69c3bce6b0b4f0908591"],
  ["\uFEFFa", "64efbbbf61"],
  [Uint8Array.of(1, 2, 3, 4), "4401020304"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [
    new Map<CborKey, CborValue>([
      ["z", 4],
      ["aa", 5],
      [-1, 3],
      [100, 2],
      [10, 1],
    ]),
    "a50a011864022003617a0462616105",
  ],
];

describe("the deterministic form", () => {
  test.each(facts)("%j is %s", (value, encoded) => {
    expect(hex(encodeCbor(value))).toBe(encoded);
    const decoded = decodeCbor(fromHex(encoded), limits);
    expect(hex(encodeCbor(decoded))).toBe(encoded);
    if (!(value instanceof Map)) expect(decoded).toEqual(value);
  });

  test("bytes come back as plain arrays of their own", () => {
    const bytes = fromHex("4401020304");
    const value = decodeCbor(bytes, limits) as Uint8Array;
    bytes.fill(0);
    expect([...value]).toEqual([1, 2, 3, 4]);
    expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
    expect(Object.getPrototypeOf(encodeCbor(1))).toBe(Uint8Array.prototype);
  });
});

describe("refused", () => {
  test.each([
    ["nothing", ""],
    ["bytes after the end", "0000"],
    ["a long integer", "1817"],
    ["a long integer of two bytes", "190001"],
    ["a long integer of four bytes", "1a00000001"],
    ["a long integer of eight bytes", "1b0000000000000001"],
    ["an integer over 2^53 - 1", "1b0020000000000000"],
    ["an integer under -(2^53 - 1)", "3b001fffffffffffff"],
    ["the largest integer", "1bffffffffffffffff"],
    ["a long length of bytes", "580101"],
    ["a long length of a text", "780161"],
    ["a long length of an array", "980100"],
    ["a long length of a map", "b8010000"],
    ["bytes of indefinite length", "5f4101ff"],
    ["a text of indefinite length", "7f6161ff"],
    ["an array of indefinite length", "9f00ff"],
    ["a map of indefinite length", "bf0000ff"],
    ["a lone break", "ff"],
    ["a break in an array", "81ff"],
    ["half precision", "f90000"],
    ["a number that is no integer", "f93e00"],
    ["single precision", "fa47c35000"],
    ["double precision", "fb3ff199999999999a"],
    ["not a number", "f97e00"],
    ["undefined", "f7"],
    ["a simple value", "f0"],
    ["a simple value of two bytes", "f8ff"],
    ["a tag", "c000"],
    ["a bignum", "c249010000000000000000"],
    ["reserved additional information", "1c"],
    ["a map out of order", "a201000000"],
    ["texts before integers in a map", "a26161010000"],
    ["a key that is there twice", "a201000100"],
    ["a text key that is there twice", "a2616100616100"],
    ["bytes as a key", "a1410100"],
    ["null as a key", "a1f600"],
    ["true as a key", "a1f500"],
    ["an array as a key", "a18000"],
    ["a map as a key", "a1a000"],
    ["text that is not UTF-8", "61ff"],
    ["a surrogate in a text", "63eda080"],
    ["an overlong form in a text", "62c080"],
    ["a truncated array", "8201"],
    ["a truncated map", "a101"],
    ["a truncated text", "6261"],
    ["truncated bytes", "4201"],
    ["four billion items", "9affffffff"],
    ["more items than can be", "9bffffffffffffffff"],
    ["four billion entries", "baffffffff"],
    ["four billion bytes", "5affffffff"],
    ["a text of 2^53 - 1 bytes", "7b001fffffffffffff"],
    ["five levels", "8181818180"],
    ["five levels, the last one not empty", "818181818100"],
    ["five levels of maps", "a100a100a100a100a0"],
  ])("%s", (_name, encoded) => {
    expect(codeOf(() => decodeCbor(fromHex(encoded), limits))).toBe("malformed");
  });

  test("more bytes than allowed, before they are looked at", () => {
    const bytes = new Uint8Array(101).fill(0xff);
    expect(codeOf(() => decodeCbor(bytes, { size: 100, depth: 4 }))).toBe("too-large");
  });

  test.each([
    ["arrays", [0x81]],
    ["maps", [0xa1, 0x00]],
    ["map keys", [0xa1]],
    ["tags", [0xc1]],
    ["arrays of two", [0x82]],
  ])("a megabyte of nested %s, without a stack overflow", (_name, unit) => {
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => unit[i % unit.length] as number);
    expect(codeOf(() => decodeCbor(bytes, { size: 1_000_000, depth: 4 }))).toBe("malformed");
  });

  test("no content in the error", () => {
    try {
      decodeCbor(fromHex("a266736563726574006673656372657400"), limits);
    } catch (error) {
      expect(JSON.stringify([String(error), (error as Error).cause])).not.toContain("secret");
      return;
    }
    throw new Error("nothing was thrown");
  });

  test("numbers and texts that have no encoding", () => {
    for (const value of [1.5, Number.NaN, 2 ** 53, "\uD800", ["\uDC00a"], new Map([["\uD800", 1]])]) {
      expect(codeOf(() => encodeCbor(value))).toBe("invalid-argument");
    }
  });
});

const key = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: "binary", maxLength: 10 }));
const { value: values } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
}));

test("every value comes back, in whatever order its maps were filled", () => {
  fc.assert(
    fc.property(values, (value) => {
      const encoded = encodeCbor(value);
      const decoded = decodeCbor(encoded, { size: 65_536, depth: Math.max(1, cborDepth(value)) });
      expect(decoded).toEqual(value);
      expect(encodeCbor(reversed(decoded))).toEqual(encoded);
      if (cborDepth(value) > 0) {
        const tooFlat = { size: 65_536, depth: cborDepth(value) - 1 };
        expect(codeOf(() => decodeCbor(encoded, tooFlat))).toBe("malformed");
      }
    }),
  );
});

test("whatever bytes come: a value that has exactly this encoding, or malformed", () => {
  const noise = fc.uint8Array({ maxLength: 60 });
  const damaged = fc.tuple(values, fc.nat(), fc.nat(7)).map(([value, at, bit]) => {
    const bytes = encodeCbor(value);
    return bytes.with(at % bytes.length, (bytes[at % bytes.length] as number) ^ (1 << bit));
  });
  fc.assert(
    fc.property(fc.oneof(noise, damaged), (bytes) => {
      try {
        expect(encodeCbor(decodeCbor(bytes, limits))).toEqual(bytes);
      } catch (error) {
        expect((error as { code?: unknown }).code).toBe("malformed");
      }
    }),
    { numRuns: 2_000 },
  );
});

function reversed(value: CborValue): CborValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (!(value instanceof Map)) return value;
  return new Map([...value].reverse().map(([name, item]) => [name, reversed(item)]));
}
