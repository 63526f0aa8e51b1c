import fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue } from "../kernel/event-queue.ts";

test("events come in the order of time, and then of asking, without those that were cancelled", () => {
  const times = fc.array(fc.record({ at: fc.nat(20), isCancelled: fc.boolean() }));
  fc.assert(
    fc.property(times, (wanted) => {
      const queue = new EventQueue();
      for (const [order, { at, isCancelled }] of wanted.entries())
        queue.push({ at, order, kind: "timer", run: () => {}, cancelled: isCancelled });
      const came: [number, number][] = [];
      for (let event = queue.pop(); event !== undefined; event = queue.pop())
        came.push([event.at, event.order]);
      const left = [...wanted.entries()].filter(([, { isCancelled }]) => !isCancelled);
      const expected = left.map(([order, { at }]): [number, number] => [at, order]);
      expect(came).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
  );
});
