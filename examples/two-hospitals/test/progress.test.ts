import { describe, expect, test } from "vitest";
import { Progress } from "../progress.ts";

const lines = ["one", "CRITICAL: two", "three", "four", "five"];

describe("lines are said by turns", () => {
  test("one at a time, each when the one before has come as far as it should", () => {
    const progress = new Progress(lines, 1);
    expect(progress.due()).toEqual([0]);
    progress.climb(0, "delivered");
    expect(progress.due()).toEqual([]);
    progress.climb(0, "read");
    expect(progress.due()).toEqual([1]);
    progress.climb(1, "read");
    expect(progress.due()).toEqual([]);
    progress.climb(1, "acknowledged");
    expect(progress.due()).toEqual([2]);
  });

  test("or several at a time, counted from the first that is not done", () => {
    const progress = new Progress(lines, 3);
    expect(progress.due()).toEqual([0, 1, 2]);
    progress.climb(2, "read");
    expect(progress.due()).toEqual([]);
    progress.climb(0, "read");
    expect(progress.due()).toEqual([3]);
    progress.climb(1, "acknowledged");
    expect(progress.due()).toEqual([4]);
  });

  test("and are done when all are", () => {
    const progress = new Progress(lines, 5);
    progress.due();
    for (const line of [0, 2, 3, 4]) progress.climb(line, "read");
    expect(progress.isComplete).toBe(false);
    progress.climb(1, "acknowledged");
    expect(progress.isComplete).toBe(true);
    expect(new Progress([], 1).isComplete).toBe(true);
  });
});

describe("after a crash", () => {
  test("what is told again is no news", () => {
    const progress = new Progress(lines, 1);
    expect(progress.climb(0, "delivered")).toBe(true);
    expect(progress.climb(0, "sent")).toBe(false);
    expect(progress.climb(0, "delivered")).toBe(false);
    expect(progress.climb(0, "failed")).toBe(false);
    expect(progress.climb(9, "sent")).toBe(false);
  });

  test("a side gets again what it was given and has not stored", () => {
    const progress = new Progress(lines, 4);
    progress.due();
    expect(progress.since(0, 0)).toEqual([0, 2]);
    expect(progress.since(0, 1)).toEqual([2]);
    expect(progress.since(1, 1)).toEqual([3]);
    expect(progress.since(1, 2)).toEqual([]);
  });
});
