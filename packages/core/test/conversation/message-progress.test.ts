import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Acknowledged,
  includesStatus,
  type MemberSpan,
  type ProgressStatus,
  progressOf,
  statusOf,
} from "../../src/conversation/message-progress.ts";
import {
  applyReport,
  emptyReceiptState,
  type ReceiptState,
  type Report,
} from "../../src/conversation/receipt-state.ts";
import { reports } from "./receipts-model.ts";

const ada = "ada@mercy.example";
const ben = "ben@lab.example";
const eve = "eve@mercy.example";

const span = (person: string, device: string, since = 1, until?: number): MemberSpan => ({
  person,
  device,
  since,
  until,
});
const members = [
  span(ada, "phone"),
  span(ada, "desk"),
  span(ben, "phone"),
  span(ben, "desk"),
  span(eve, "phone"),
];
const message = { seq: 5, author: ada };

function say(
  person: string,
  device: string,
  level: Report["level"],
  upTo: number,
  more: Partial<Report> = {},
): Report {
  return {
    device: { person, device },
    since: 1,
    level,
    upTo,
    exceptions: [],
    head: 100,
    at: upTo * 10,
    ...more,
  };
}

function after(...list: readonly Report[]): ReceiptState {
  let state = emptyReceiptState;
  for (const report of list) {
    const outcome = applyReport(state, report);
    if (outcome.type === "raised") state = outcome.state;
  }
  return state;
}

const statuses = (state: ReceiptState, acknowledgements: readonly Acknowledged[] = [], who = members) =>
  progressOf(state, message, who, acknowledgements).map(({ person, status }) => [person, status]);

describe("a person", () => {
  test("is every other one who was there, in the order of joining", () => {
    expect(statuses(emptyReceiptState)).toEqual([
      [ben, "sent"],
      [eve, "sent"],
    ]);
    const others = [
      span(ben, "phone", 6),
      span(eve, "phone", 1, 5),
      span(eve, "desk", 1, 6),
      span(ada, "phone"),
    ];
    expect(statuses(emptyReceiptState, [], others)).toEqual([[eve, "sent"]]);
    expect(statuses(emptyReceiptState, [], [span(ben, "phone", 1, 5)])).toEqual([]);
  });

  test("is as far as the device that is ahead", () => {
    const state = after(
      say(ben, "phone", "stored", 9),
      say(ben, "desk", "displayed", 5),
      say(eve, "phone", "stored", 4),
    );
    const [first, second] = progressOf(state, message, members, []);
    expect(first).toEqual({ person: ben, status: "read", device: "desk", at: 50, text: undefined });
    expect(second).toEqual({
      person: eve,
      status: "sent",
      device: undefined,
      at: undefined,
      text: undefined,
    });
  });

  test("is told with the device that was there first", () => {
    const state = after(say(ben, "phone", "stored", 9), say(ben, "desk", "stored", 7));
    expect(progressOf(state, message, members, [])[0]).toMatchObject({
      status: "delivered",
      device: "desk",
      at: 70,
    });
  });

  test("has not got what its device left out", () => {
    const state = after(
      say(ben, "phone", "displayed", 9, { exceptions: [5] }),
      say(ben, "desk", "stored", 4),
    );
    expect(statuses(state)[0]).toEqual([ben, "sent"]);
    expect(progressOf(state, { seq: 6, author: ada }, members, [])[0]?.status).toBe("read");
  });

  test("is not helped by a device that came later, or was gone and came back", () => {
    const later = [span(ben, "phone"), span(ben, "desk", 6)];
    expect(statuses(after(say(ben, "desk", "displayed", 9, { since: 6 })), [], later)).toEqual([
      [ben, "sent"],
    ]);
    const back = [span(ben, "phone", 1, 6), span(ben, "phone", 8)];
    expect(statuses(after(say(ben, "phone", "displayed", 9, { since: 8 })), [], back)).toEqual([
      [ben, "sent"],
    ]);
    expect(statuses(after(say(ben, "phone", "stored", 5)), [], back)).toEqual([[ben, "delivered"]]);
  });

  test("has acknowledged, with the first word of theirs", () => {
    const status = "acknowledged" as const;
    const acknowledgements = [
      { status, person: ben, device: "desk", at: 70, text: "6.8" },
      { status, person: ben, device: "phone", at: 80, text: "again" },
      { status, person: ada, device: "phone", at: 90, text: "mine" },
    ];
    const progress = progressOf(emptyReceiptState, message, members, acknowledgements);
    expect(progress[0]).toEqual({ person: ben, status: "acknowledged", device: "desk", at: 70, text: "6.8" });
    expect(progress[1]?.status).toBe("sent");
  });

  test("has read what they said they have seen, or have read back wrongly", () => {
    const seen = { status: "read", person: ben, device: "desk", at: 70, text: undefined } as const;
    expect(progressOf(emptyReceiptState, message, members, [seen])[0]).toEqual(seen);
    const shown = after(say(ben, "phone", "displayed", 9));
    expect(progressOf(shown, message, members, [seen])[0]?.device).toBe("phone");
    const later = { ...seen, status: "acknowledged", at: 80 } as const;
    expect(progressOf(emptyReceiptState, message, members, [seen, later])[0]).toEqual(later);
  });
});

describe("the message", () => {
  const status = "acknowledged" as const;
  const byBen = { status, person: ben, device: "phone", at: 1, text: undefined };
  const byEve = { status, person: eve, device: "phone", at: 2, text: undefined };
  test.each<[status: ProgressStatus, state: ReceiptState, acknowledgements: Acknowledged[]]>([
    ["sent", emptyReceiptState, []],
    ["sent", after(say(ben, "phone", "displayed", 9)), [byBen]],
    ["delivered", after(say(ben, "phone", "displayed", 9), say(eve, "phone", "stored", 5)), []],
    ["read", after(say(ben, "phone", "displayed", 9), say(eve, "phone", "displayed", 5)), [byBen]],
    ["acknowledged", emptyReceiptState, [byEve, byBen]],
  ])("is %s", (status, state, acknowledgements) => {
    expect(statusOf(progressOf(state, message, members, acknowledgements))).toBe(status);
  });

  test("to nobody else is sent", () => {
    expect(
      statusOf(progressOf(emptyReceiptState, message, [span(ada, "phone"), span(ada, "desk")], [])),
    ).toBe("sent");
  });
});

test("what is acknowledged is read, what is read is delivered, what is delivered is sent", () => {
  expect(includesStatus("acknowledged", "read") && includesStatus("read", "delivered")).toBe(true);
  expect(includesStatus("delivered", "sent") && includesStatus("sent", "sent")).toBe(true);
  expect(includesStatus("sent", "delivered") || includesStatus("delivered", "read")).toBe(false);
  expect(includesStatus("read", "acknowledged")).toBe(false);
});

test("more reports never lower a status", () => {
  const who = [
    span(eve, "phone", 0),
    span(ada, "phone", 1),
    span(ada, "desk", 4),
    span(ben, "phone", 0, 7),
    span(ben, "phone", 8),
  ];
  fc.assert(
    fc.property(fc.array(reports, { maxLength: 10 }), fc.integer({ min: 1, max: 12 }), (list, seq) => {
      let before: ProgressStatus[] = [];
      for (let count = 0; count <= list.length; count++) {
        const persons = progressOf(after(...list.slice(0, count)), { seq, author: eve }, who, []);
        const now = [statusOf(persons), ...persons.map(({ status }) => status)];
        before.forEach((status, i) => {
          expect(includesStatus(now[i] as ProgressStatus, status)).toBe(true);
        });
        before = now;
      }
    }),
  );
});
