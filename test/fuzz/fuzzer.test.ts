import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judge } from "../../fuzz/judge.ts";
import { chanceOf, mutate } from "../../fuzz/mutate.ts";
import type { Target } from "../../fuzz/target.ts";
import { ReadbackError } from "../../packages/core/src/error.ts";
import { decodeToy, toy } from "./toy-decoder.ts";

/** What the fuzzer finds in the toy, in 20,000 inputs. */
function findingsIn(how: "guided" | "blind"): [what: string, length: number][] {
  const program = join(import.meta.dirname, "find-toy.ts");
  const output = execFileSync(process.execPath, [program, how], { encoding: "utf8", timeout: 60_000 });
  return JSON.parse(output) as [string, number][];
}

describe("the fuzzer", () => {
  test("finds a bug behind four bytes by the code that each of them leads to, and blindly does not", () => {
    // Nothing is left in the input that the bug does not need.
    expect(findingsIn("guided")).toEqual([[expect.stringMatching(/^throws TypeError/), 4]]);
    expect(findingsIn("blind")).toEqual([]);
  }, 120_000);

  test("makes the same inputs of the same seed", () => {
    const [input, other] = [Uint8Array.of(1, 2, 3, 4), new Uint8Array(90).fill(3)];
    const made = [7, 7, 8].map((seed) => {
      const chance = chanceOf(seed);
      return Array.from({ length: 50 }, () => mutate(input, chance, other, 1_000).join()).join("/");
    });
    expect(made[0]).toBe(made[1]);
    expect(made[0]).not.toBe(made[2]);
  });
});

describe("a finding is", () => {
  const given = Uint8Array.of(1, 2, 3);
  const whatOf = async (take: Target["take"], change: Partial<Target> = {}) => {
    const verdict = await judge({ ...toy, ...change, take }, given);
    return verdict.kind === "finding" ? verdict.what : verdict.kind;
  };

  test.each<[string, Target["take"], RegExp]>([
    ["anything thrown that is no refusal", () => void decodeToy(undefined as never), /^throws TypeError/],
    ["a thrown text", () => Promise.reject("oh"), /^throws oh/],
    [
      "a refusal with a code that was not announced",
      () => {
        throw new ReadbackError("internal", "A defect.");
      },
      /^refuses with internal/,
    ],
    ["a second encoding", () => Uint8Array.of(1, 2), /^has two encodings/],
    ["a changed input", (input) => void input.fill(0), /^writes into its input/],
    ["work without end", () => void busy(80), /^takes more than 50 ms/],
    [
      "memory out of proportion",
      () => void kept.push(new Uint8Array(2 ** 23)),
      /^allocates out of proportion/,
    ],
  ])("%s", async (_, take, what) => {
    expect(await whatOf(take)).toMatch(what);
    kept.length = 0;
  });

  test("none of these", async () => {
    expect(await whatOf((input) => input)).toBe("taken");
    expect(await whatOf(() => decodeToy(given) as never)).toBe("refused");
    expect(await whatOf(() => void busy(80), { time: 1_000 })).toBe("taken");
    expect(await whatOf(() => void new Uint8Array(2 ** 23), { memory: 2 ** 24 })).toBe("taken");
  });
});

const kept: Uint8Array[] = [];

/** Works for so many milliseconds. */
function busy(time: number): void {
  const end = process.threadCpuUsage().user + time * 1_000;
  while (process.threadCpuUsage().user < end);
}
