import { describe, expect, test } from "vitest";
import { fuzz } from "../../fuzz/fuzz.ts";
import { judge } from "../../fuzz/judge.ts";
import { regressions } from "../../fuzz/regressions.ts";
import { targets } from "../../fuzz/targets.ts";

// A short run, the same every time; `npm run fuzz` runs as long as one likes.
describe.each(targets)("$name", (target) => {
  test("stands what has broken it before", async () => {
    for (const { file, input } of regressions(target)) {
      const verdict = await judge(target, input);
      expect(verdict.kind === "finding" ? [file, verdict.what] : []).toEqual([]);
    }
  });

  test("stands some hundred changed inputs", async () => {
    const runs = target.home === "core" ? 300 : 10;
    const { findings, taken, codes } = await fuzz(target, { seed: 1, runs });
    expect(findings).toEqual([]);
    expect(taken + codes.size).toBeGreaterThan(1);
  });
});
