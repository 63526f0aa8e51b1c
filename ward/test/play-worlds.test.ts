import { expect, test } from "vitest";
import { playApart } from "../play-apart.ts";

const digestOf = (output: string): string | undefined => /digest: (\w+)/.exec(output)?.[1];
const violationOf = (output: string): string | undefined => /^VIOLATION in world .*$/m.exec(output)?.[0];

test("what happens does not depend on how many worlds happen at once", { timeout: 300_000 }, async () => {
  const options = ["--seed", "threads", "--events", "40000"];
  const alone = await playApart(options);
  const beside = await playApart([...options, "--threads", "3"]);
  expect([alone.status, beside.status], beside.output).toEqual([0, 0]);
  expect(digestOf(alone.output)).toBeDefined();
  expect(digestOf(beside.output)).toBe(digestOf(alone.output));
});

test("the violation that is told is the first one, however many worlds happen at once", {
  timeout: 300_000,
}, async () => {
  const options = ["--seed", "other", "--events", "60000"];
  const alone = await playApart(options, "told-before-stored");
  const beside = await playApart([...options, "--threads", "3"], "told-before-stored");
  expect([alone.status, beside.status], beside.output).toEqual([1, 1]);
  expect(violationOf(alone.output)).toBeDefined();
  expect(violationOf(beside.output)).toBe(violationOf(alone.output));
});

test("no threads at all are refused", { timeout: 60_000 }, async () => {
  const { status, output } = await playApart(["--threads", "0"]);
  expect(status, output).toBe(2);
});
