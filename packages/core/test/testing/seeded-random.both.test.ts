import { expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

test("gives the same bytes for the same seed, in every runtime", () => {
  const random = seededRandom("one");
  expect([random(8), random(0), random(8)].map(hex)).toEqual(["a455ac7478432b91", "", "3b7e6aeb84764b7e"]);
});

test("gives other bytes for each call and each seed", () => {
  const seeds = ["one", "two", 1, 2, ""];
  const all = seeds.flatMap((seed) => {
    const random = seededRandom(seed);
    return [random(16), random(16), random(16)].map(hex);
  });
  expect(new Set(all).size).toBe(all.length);
});

test("depends on the number of the call, not on the lengths asked before", () => {
  const [short, long] = [seededRandom(7), seededRandom(7)];
  short(3);
  long(300);
  expect(short(20)).toEqual(long(40).subarray(0, 20));
});
