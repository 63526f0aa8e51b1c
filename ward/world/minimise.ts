import type { Step } from "./plan.ts";
import { type Outcome, runWorld } from "./run-world.ts";

/** Runs that minimising may take at most. */
const mostRuns = 400;

/**
 * A plan with as few steps as can be found in which the same invariant breaks (delta debugging, after Zeller and
 * Hildebrandt): everything after the violation goes first, then halves, quarters and so on, as long as it still breaks.
 */
export async function minimise(
  outcome: Outcome,
  milliseconds: number,
): Promise<{ readonly outcome: Outcome; readonly runs: number }> {
  const kind = kindOf(outcome);
  const deadline = performance.now() + milliseconds;
  let best = outcome;
  let runs = 0;
  const breaks = async (steps: readonly Step[], people = best.plan.people): Promise<boolean> => {
    if (runs >= mostRuns || performance.now() > deadline) return false;
    runs += 1;
    const length = (steps.at(-1)?.at ?? 0) + 1_000;
    const tried = await runWorld({ ...best.plan, people, steps, length });
    if (kindOf(tried) !== kind) return false;
    best = tried;
    return true;
  };

  const until = outcome.violation?.at ?? Number.POSITIVE_INFINITY;
  await breaks(outcome.plan.steps.filter(({ at }) => at <= until));
  for (let parts = 2; parts <= best.plan.steps.length; ) {
    const { steps } = best.plan;
    const size = Math.ceil(steps.length / parts);
    let hasShrunk = false;
    for (let start = 0; start < steps.length && !hasShrunk; start += size) {
      hasShrunk = await breaks([...steps.slice(0, start), ...steps.slice(start + size)]);
    }
    if (hasShrunk) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(steps.length, parts * 2);
    if (runs >= mostRuns || performance.now() > deadline) break;
  }
  return { outcome: best, runs };
}

/** What was violated and how, without the names of who was in it. */
function kindOf({ violation }: Outcome): string | undefined {
  return violation?.what.replace(/ [^ ]*[@/\d][^ ]*/g, "").split(";")[0];
}
