import { receiptTraffic } from "../packages/core/test/conversation/receipt-traffic.ts";
import type { Group, Row } from "./row.ts";

const days = [
  { persons: 5, devices: 2, messages: 100, looks: 20, askedEvery: 0 },
  { persons: 20, devices: 2, messages: 200, looks: 20, askedEvery: 0 },
  { persons: 30, devices: 2, messages: 200, looks: 20, askedEvery: 5 },
  { persons: 30, devices: 2, messages: 200, looks: 20, askedEvery: 1 },
] as const;

/** What receipts cost in a day. */
export const receipts: Group = {
  name: "receipts",
  about:
    "a day with the rules that devices follow, played on a clock that is moved by hand; bytes as they are encrypted, up once and down to everybody else. The same in every run.",
  run: () =>
    days.map((day): Row => {
      const { ours, naive } = receiptTraffic(day);
      const asked =
        day.askedEvery === 0 ? "" : `, every ${day.askedEvery}. asks`.replace("every 1. asks", "all ask");
      return {
        what: `receipts of a day: ${day.persons} persons, ${day.messages} messages${asked}`,
        measured: ours.bytes / 1e6,
        unit: "MB",
        raw: naive.bytes / 1e6,
        rawOf: "each device and person says so of each message",
        goal: day.askedEvery === 5 ? "≤ 0.2×" : "",
      };
    }),
};
