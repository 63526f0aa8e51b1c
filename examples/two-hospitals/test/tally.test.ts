import { describe, expect, test } from "vitest";
import type { StoredMessage } from "../talk.ts";
import { type Account, digestOf, isFlawless, lastLine, tally } from "../tally.ts";

const mercyLines = ["one", "three", "one"];
const lukeLines = ["two", "four"];

/** What two stores hold after a run without a fault: the lines by turns, all read, "four" acknowledged. */
function flawless(): [StoredMessage[], StoredMessage[]] {
  const said = [0, 1, 2, 3, 4].map((index) => ({ index, side: index % 2 }));
  const stored = (own: number): StoredMessage[] =>
    said.map(({ index, side }) => {
      const text = (side === 0 ? mercyLines : lukeLines)[Math.floor(index / 2)] ?? "";
      const status = text === "four" ? "acknowledged" : "read";
      return { id: `id-${index}`, seq: 10 + index, isOwn: side === own, digest: digestOf(text), status };
    });
  return [stored(0), stored(1)];
}

function count([mercy, luke]: [StoredMessage[], StoredMessage[]]) {
  const accounts: [Account, Account] = [
    { name: "Mercy", lines: mercyLines, messages: mercy },
    { name: "St. Luke's", lines: lukeLines, messages: luke },
  ];
  return tally(accounts);
}

describe("a run is counted from what the stores hold", () => {
  test("and is flawless where every line is there once", () => {
    const counts = count(flawless());
    expect(lastLine(counts)).toBe(
      "two-hospitals: 5 sent, 5 delivered, 5 read, 1 acknowledged, 0 lost, 0 duplicated",
    );
    expect(counts.problems).toEqual([]);
    expect(isFlawless(counts, 5, 1)).toBe(true);
  });

  test("a message that did not arrive is lost", () => {
    const stores = flawless();
    stores[1].splice(2, 1);
    expect(count(stores)).toMatchObject({ sent: 5, lost: 1, duplicated: 0 });
    expect(isFlawless(count(stores), 5, 1)).toBe(false);
  });

  test("a message that arrived twice is duplicated, also where the same words were due twice", () => {
    const stores = flawless();
    const [first] = stores[1];
    if (first === undefined) throw new Error("the store is not empty");
    stores[1].push({ ...first, id: "again", seq: 99 });
    expect(count(stores)).toMatchObject({ lost: 0, duplicated: 1 });
    expect(isFlawless(count(stores), 5, 1)).toBe(false);
  });

  test("a line that its sender never stored is lost", () => {
    const stores = flawless().map((messages) => messages.slice(0, 4)) as [StoredMessage[], StoredMessage[]];
    expect(count(stores)).toMatchObject({ sent: 4, lost: 1 });
    expect(isFlawless(count(stores), 5, 1)).toBe(false);
  });

  test("a message that cannot be read here is lost, and other words than were said are both", () => {
    const [mercy, luke] = flawless();
    const unreadable = luke.map((message, index) =>
      index === 0 ? { ...message, digest: undefined } : message,
    );
    expect(count([mercy, unreadable])).toMatchObject({ lost: 1, duplicated: 0 });
    const altered = luke.map((message, index) =>
      index === 0 ? { ...message, digest: digestOf("One") } : message,
    );
    expect(count([mercy, altered])).toMatchObject({ lost: 1, duplicated: 1 });
  });

  test.each(["queued", "sent", "delivered", "read"] as const)(
    "a message that only came to %s counts as that",
    (status) => {
      const stores = flawless();
      stores[1] = stores[1].map((message) =>
        message.digest === digestOf("four") ? { ...message, status } : message,
      );
      const counts = count(stores);
      expect(counts.delivered).toBe(["delivered", "read"].includes(status) ? 5 : 4);
      expect(counts.read).toBe(status === "read" ? 5 : 4);
      expect(counts.acknowledged).toBe(0);
      expect(isFlawless(counts, 5, 1)).toBe(false);
    },
  );

  test("two stores that disagree about the order are a problem", () => {
    const stores = flawless();
    stores[1] = stores[1].map((message) => ({ ...message, seq: 24 - (message.seq ?? 0) })).reverse();
    expect(count(stores).problems).toContain(
      "the two stores do not hold the same messages in the same order",
    );
    expect(isFlawless(count(stores), 5, 1)).toBe(false);
  });

  test("lines that were said in another order are a problem", () => {
    const stores = flawless();
    stores[0].unshift(...stores[0].splice(2, 1));
    expect(count(stores).problems).toContain("Mercy has not said each of its lines once and in order");
  });
});
