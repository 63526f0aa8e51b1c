import { describe, expect, test } from "vitest";
import { countOf } from "../scenarios/run.ts";
import { scenarios } from "../scenarios/scenarios.ts";
import { waiting } from "../scenarios/waiting.ts";

describe("scenarios", () => {
  test.each(scenarios)("$number $name", { timeout: 300_000 }, ({ play }) => play());

  test("each of the 44 is played or says what it waits for", () => {
    const numbers = new Set([...scenarios, ...waiting].map(({ number }) => number));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 44 }, (_, i) => i + 1));
    expect(countOf()).toBe("40 of 44 scenarios run, 4 wait for what does not exist yet.");
    const names = [...scenarios, ...waiting].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
