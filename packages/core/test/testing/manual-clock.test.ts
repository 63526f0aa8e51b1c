import { expect, test } from "vitest";
import { manualClock } from "../../src/testing/manual-clock.ts";

test("stands still until it is moved", () => {
  const clock = manualClock(1000);
  const ran: string[] = [];
  clock.wake(1000, () => ran.push("due already"));
  expect([clock.now(), clock.pending, clock.next, ran]).toEqual([1000, 1, 1000, []]);
  clock.advance(0);
  expect([clock.now(), clock.pending, clock.next, ran]).toEqual([1000, 0, undefined, ["due already"]]);
});

test("runs what falls due in order of time, then of asking, each at its time", () => {
  const clock = manualClock(0);
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name}@${clock.now()}`);
  clock.wake(30, note("c"));
  clock.wake(10, note("a"));
  clock.wake(10, () => {
    note("b")();
    clock.wake(20, note("asked for on the way"));
    clock.wake(5, note("late"));
  });
  clock.wake(31, note("too late"));
  clock.advance(30);
  expect(ran).toEqual(["a@10", "b@10", "late@10", "asked for on the way@20", "c@30"]);
  expect([clock.now(), clock.pending]).toEqual([30, 1]);
});

test("takes back a wake-up, twice if asked to, and not those of others", () => {
  const clock = manualClock(0);
  const ran: number[] = [];
  const run = (): number => ran.push(clock.now());
  const undo = clock.wake(1, run);
  clock.wake(2, run);
  undo();
  undo();
  clock.runAll();
  undo();
  expect(ran).toEqual([2]);
});

test("runs all, but not for ever", () => {
  const clock = manualClock(0);
  const again = (): void => void clock.wake(clock.now() + 1, again);
  again();
  expect(() => clock.runAll(100)).toThrow("100 wake-ups");
  expect(clock.now()).toBe(100);
});

test("jumps in both directions and runs nothing", () => {
  const clock = manualClock(1000);
  let ran = 0;
  clock.wake(2000, () => {
    ran = clock.now();
  });
  clock.jump(5000);
  expect([clock.now(), ran]).toEqual([5000, 0]);
  clock.jump(500);
  clock.advance(1499);
  expect([clock.now(), ran]).toEqual([1999, 0]);
  clock.advance(1);
  expect([clock.now(), ran]).toEqual([2000, 2000]);
  expect(() => clock.advance(-1)).toThrow(RangeError);
});
