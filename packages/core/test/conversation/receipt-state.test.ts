import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat } from "../../src/codec/bytes.ts";
import { decode } from "../../src/codec/reader.ts";
import { encode, type Writer } from "../../src/codec/writer.ts";
import {
  applyReport,
  covers,
  decodeReceiptState,
  emptyReceiptState,
  encodeReceiptState,
  type ReceiptState,
  type Report,
  reportOf,
} from "../../src/conversation/receipt-state.ts";
import { codeOf } from "./kit.ts";
import { head, reports, saidBy } from "./receipts-model.ts";

const ada = { person: "ada@mercy.example", device: "phone", since: 1 };
const report: Report = { device: ada, since: 1, level: "stored", upTo: 5, exceptions: [], head, at: 100 };

function after(list: readonly Report[], start = emptyReceiptState): ReceiptState {
  let state = start;
  for (const item of list) {
    const outcome = applyReport(state, item);
    if (outcome.type === "refused") throw new Error(outcome.reason);
    if (outcome.type === "raised") state = outcome.state;
  }
  return state;
}

/** Everything that a state knows, entry by entry. */
function known(state: ReceiptState): string[] {
  const found: string[] = [];
  for (const device of state.devices.values()) {
    for (const level of ["stored", "displayed"] as const) {
      const mark = reportOf(state, device, level);
      for (let seq = 1; seq <= head; seq++) {
        if (covers(mark, seq))
          found.push(`${device.person}/${device.device}/${device.since}/${level}/${seq}`);
      }
    }
  }
  return found.sort();
}

describe("reports", () => {
  test("add up to what they say, in any order and however often", () => {
    fc.assert(
      fc.property(
        fc
          .array(reports, { maxLength: 12 })
          .chain((list) =>
            fc.tuple(
              fc.constant(list),
              fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length }),
            ),
          ),
        ([list, again]) => {
          const model = [...new Set(list.flatMap(saidBy))].sort();
          expect(known(after(list))).toEqual(model);
          expect(known(after(again))).toEqual(model);
        },
      ),
    );
  });

  test("take nothing back, and name exactly the range in which something changed", () => {
    fc.assert(
      fc.property(fc.array(reports, { maxLength: 8 }), reports, (list, next) => {
        const before = after(list);
        const old = new Set(known(before));
        const outcome = applyReport(before, next);
        expect(known(before)).toEqual([...old].sort());
        const now = outcome.type === "raised" ? known(outcome.state) : [...old];
        for (const fact of old) expect(now).toContain(fact);
        const added = now.filter((fact) => !old.has(fact)).map((fact) => Number(fact.split("/").at(-1)));
        if (outcome.type !== "raised") {
          expect(added).toEqual([]);
          expect(saidBy(next).every((fact) => old.has(fact))).toBe(true);
          return;
        }
        expect(added.length).toBeGreaterThan(0);
        const readable = added.filter((seq) => seq >= next.since);
        expect(readable.every((seq) => seq > outcome.from && seq <= outcome.to)).toBe(true);
      }),
    );
  });

  test("say that what is displayed is stored", () => {
    const state = after([{ ...report, level: "displayed", exceptions: [2] }]);
    expect(reportOf(state, ada, "stored")).toEqual({ upTo: 5, exceptions: [2], at: 100 });
    expect(reportOf(state, ada, "displayed")).toEqual({ upTo: 5, exceptions: [2], at: 100 });
    expect(applyReport(state, { ...report, upTo: 4, exceptions: [2] })).toEqual({ type: "unchanged" });
  });

  test("raise, repeat and lower", () => {
    const first = applyReport(emptyReceiptState, report);
    expect(first).toMatchObject({ type: "raised", from: 0, to: 5 });
    const state = after([report]);
    expect(applyReport(state, report)).toEqual({ type: "unchanged" });
    expect(applyReport(state, { ...report, upTo: 3 })).toEqual({ type: "unchanged" });
    expect(applyReport(state, { ...report, upTo: 9 })).toMatchObject({ type: "raised", from: 5, to: 9 });
    const raised = after([{ ...report, upTo: 9, at: 200 }], state);
    expect(reportOf(raised, ada, "stored")).toEqual({ upTo: 9, exceptions: [], at: 200 });
    expect(reportOf(raised, ada, "displayed")).toBeUndefined();
  });

  test("fill what was left out, also without going further", () => {
    const state = after([{ ...report, exceptions: [2, 4] }]);
    const outcome = applyReport(state, { ...report, exceptions: [4], at: 300 });
    expect(outcome).toMatchObject({ type: "raised", from: 1, to: 5 });
    const filled = after([{ ...report, exceptions: [4], at: 300 }], state);
    expect(reportOf(filled, ada, "stored")).toEqual({ upTo: 5, exceptions: [4], at: 300 });
    expect(
      reportOf(after([{ ...report, upTo: 9, exceptions: [2, 4, 7] }], filled), ada, "stored"),
    ).toMatchObject({
      upTo: 9,
      exceptions: [4, 7],
    });
  });

  test("of a device that came back say nothing of its first stay", () => {
    const again = { ...ada, since: 8 };
    const state = after([
      { ...report, upTo: 3 },
      { ...report, since: 8, upTo: 10 },
    ]);
    expect(covers(reportOf(state, ada, "stored"), 5)).toBe(false);
    expect(covers(reportOf(state, again, "stored"), 9)).toBe(true);
    expect(applyReport(emptyReceiptState, { ...report, since: 8, upTo: 10 })).toMatchObject({
      from: 7,
      to: 10,
    });
  });
});

describe("refused, with a reason", () => {
  test.each<[reason: string, report: Report]>([
    ["beyond-head", { ...report, upTo: 13 }],
    ["beyond-head", { ...report, upTo: 5, head: 4 }],
    ["before-joining", { ...report, since: 6 }],
    ["before-joining", { ...report, since: 0, upTo: 0 }],
    ["wrong-exceptions", { ...report, exceptions: [3, 2] }],
    ["wrong-exceptions", { ...report, exceptions: [2, 2] }],
    ["wrong-exceptions", { ...report, exceptions: [5] }],
    ["wrong-exceptions", { ...report, exceptions: [0] }],
    [
      "wrong-exceptions",
      { ...report, upTo: 300, head: 300, exceptions: Array.from({ length: 257 }, (_, i) => i + 1) },
    ],
  ])("%s", (reason, bad) => {
    const state = after([report]);
    expect(applyReport(state, bad)).toEqual({ type: "refused", reason });
  });

  test("but not what is just right", () => {
    expect(applyReport(emptyReceiptState, { ...report, upTo: head }).type).toBe("raised");
    expect(applyReport(emptyReceiptState, { ...report, since: 5 }).type).toBe("raised");
  });
});

describe("stored", () => {
  test("states come back", () => {
    fc.assert(
      fc.property(fc.array(reports, { maxLength: 12 }), (list) => {
        const state = after(list);
        expect(decodeReceiptState(encodeReceiptState(state))).toEqual(state);
      }),
    );
  });

  test("damage is refused, or is another state with this very encoding", () => {
    fc.assert(
      fc.property(
        fc.array(reports, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(7),
        (list, position, bit) => {
          const bytes = encodeReceiptState(after(list));
          const at = position % bytes.length;
          expect(codeOf(() => decodeReceiptState(bytes.slice(0, at)))).toBe("malformed");
          const damaged = bytes.with(at, (bytes[at] as number) ^ (1 << bit));
          try {
            expect(encodeReceiptState(decodeReceiptState(damaged))).toEqual(damaged);
          } catch (error) {
            expect((error as { code?: unknown }).code).toBeOneOf(["malformed", "too-large"]);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a device that is there twice, or has displayed what it has not stored, is refused", () => {
    const bytes = encodeReceiptState(after([{ ...report, level: "displayed" }]));
    const device = decode((reader) => reader.u8() === 1 && reader.bytes(), bytes) as Uint8Array;
    const twice = encode((writer: Writer) => writer.u8(1).bytes(concat(device, device)), undefined);
    expect(codeOf(() => decodeReceiptState(twice))).toBe("malformed");
    // The last watermark is `stored`: lower it below `displayed`.
    const lowered = bytes.with(bytes.length - 10, 4);
    expect(lowered).not.toEqual(bytes);
    expect(codeOf(() => decodeReceiptState(lowered))).toBe("malformed");
  });

  test("size goes by devices, not by messages", () => {
    const list = Array.from(
      { length: 10_000 },
      (_, i): Report => ({ ...report, upTo: i + 1, head: 10_000, at: i }),
    );
    expect(encodeReceiptState(after(list)).length).toBeLessThan(80);
  });
});
