import fc from "fast-check";
import { expect, test } from "vitest";
import { paddedLength } from "../../src/conversation/padding.ts";

test.each([
  [0, 256],
  [1, 256],
  [256, 256],
  [257, 272],
  [272, 272],
  [273, 288],
  [512, 512],
  [513, 544],
  [1_000, 1_024],
  [16_384, 16_384],
  [16_385, 17_408],
  [65_535, 65_536],
  [65_536, 65_536],
  [65_537, 67_584],
  [2 ** 31 - 1, 2 ** 31],
])("%i bytes become %i", (length, padded) => {
  expect(paddedLength(length)).toBe(padded);
});

test("a padded length is long enough, at most 12 % more, and needs no padding itself", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), (length) => {
      const padded = paddedLength(length);
      expect(padded).toBeGreaterThanOrEqual(length);
      expect(padded).toBeLessThanOrEqual(Math.max(256, length * 1.12));
      expect(paddedLength(padded)).toBe(padded);
      expect(paddedLength(length + 1)).toBeGreaterThanOrEqual(padded);
    }),
  );
});

test("all contents together have few lengths", () => {
  const lengths = new Set(Array.from({ length: 65_537 }, (_, length) => paddedLength(length)));
  expect(lengths.size).toBeLessThan(150);
});
