import { expect, test } from "vitest";
import { drawWorld, type MoreWishes } from "../lies/draw-world.ts";
import { drawPlan } from "../world/plan.ts";
import { type Outcome, runWorld } from "../world/run-world.ts";

const patience = { timeout: 300_000 };

async function runAll(seed: string, wishes: MoreWishes, events: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let world = 0, total = 0; total < events; world++) {
    const outcome = await runWorld(drawWorld(`${seed}/${world}`, wishes));
    expect(outcome.violation?.stack, `world ${outcome.plan.seed}`).toBeUndefined();
    outcomes.push(outcome);
    total += outcome.events;
  }
  return outcomes;
}

test("one seed is one history, another one another", patience, async () => {
  const plan = drawPlan("digest", { crypto: "model", steps: 150, devices: 5 });
  const [first, again] = [await runWorld(plan), await runWorld(plan)];
  expect([again.digest, again.events]).toEqual([first.digest, first.events]);
  const other = await runWorld({ ...plan, seed: "digest of another" });
  expect(other.digest).not.toBe(first.digest);
});

test("one seed is one history with real cryptography too", patience, async () => {
  const plan = drawPlan("real digest", { crypto: "real", steps: 40, devices: 3 });
  const [first, again] = [await runWorld(plan), await runWorld(plan)];
  expect([again.digest, again.events]).toEqual([first.digest, first.events]);
});

test.each(["lies", "betrayals", "losses"] as const)(
  "what must hold does, in worlds of %s",
  patience,
  async (trouble) => {
    const outcomes = await runAll(`of ${trouble}`, { crypto: "model", trouble, steps: 150 }, 40_000);
    const seen = new Set(outcomes.flatMap((outcome) => [...outcome.trouble.keys()]));
    // A lie that was never told is no lie that was found harmless.
    expect(seen.size).toBeGreaterThan(2);
  },
);

test("groups end where it is wished, and all else happens as it would", () => {
  const isEnding = (step: { readonly do: string }): boolean => step.do === "reinitialize";
  for (let number = 0; number < 20; number++) {
    const [usual, ending] = [{}, { endings: true }].map((wish) =>
      drawPlan(`ending ${number}`, { crypto: "model", ...wish }),
    );
    expect(ending?.steps.some(isEnding)).toBe(true);
    expect(ending?.steps.filter((step) => !isEnding(step))).toEqual(
      usual?.steps.filter((step) => !isEnding(step)),
    );
  }
});
