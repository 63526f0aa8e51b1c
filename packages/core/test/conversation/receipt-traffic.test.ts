import { expect, test } from "vitest";
import { receiptTraffic } from "./receipt-traffic.ts";

const ward = { persons: 30, devices: 2, messages: 200, looks: 20 } as const;

test("thirty persons with two devices each cost at most a fifth of one receipt for each message", () => {
  // One message in five asks whether it was seen.
  const { ours, naive } = receiptTraffic({ ...ward, askedEvery: 5 });
  // As in the research: 200 messages, 29 others, stored on two devices and displayed on one.
  expect(naive.entries).toBe(17_400);
  // Forty answers of twenty-nine persons, but for what nobody has looked at by the evening.
  expect(ours.entries).toBeGreaterThan(900);
  expect(ours.entries).toBeLessThanOrEqual(40 * 29);
  expect(ours.bytes).toBeLessThan(naive.bytes / 5);
  expect(receiptTraffic({ ...ward, askedEvery: 0 }).ours.entries).toBe(0);
});

test("a consult of five says all by itself, for less than half of one receipt for each message", () => {
  const { ours, naive } = receiptTraffic({ persons: 5, devices: 2, messages: 100, looks: 20, askedEvery: 0 });
  expect(ours.entries).toBeGreaterThan(100);
  expect(ours.bytes).toBeLessThan(naive.bytes / 2);
});

test("more than a hundred persons say nothing by themselves", () => {
  const { ours } = receiptTraffic({ persons: 101, devices: 1, messages: 5, looks: 2, askedEvery: 1 });
  expect(ours.entries).toBe(0);
});
