import { writeFileSync } from "node:fs";
import type { Options } from "./command-line.ts";
import { drawWorld } from "./lies/draw-world.ts";
import { playWorlds } from "./play-worlds.ts";
import { cpuTime, report } from "./report.ts";
import { minimise } from "./world/minimise.ts";
import type { Outcome } from "./world/run-world.ts";

const minimisingTime = 120_000;

/** Draws one world after the other and lets it happen, until there were enough events. Returns whether all held. */
export async function simulate(options: Options): Promise<boolean> {
  const { crypto, events, hours, trouble, endings } = options;
  const wishes = { crypto, endings, ...(trouble && { trouble }) };
  const start = { wall: performance.now(), cpu: cpuTime() };
  const outcomes: Outcome[] = [];
  let total = 0;
  const isEnough = (): boolean =>
    hours === undefined ? total >= events : performance.now() - start.wall >= hours * 3_600_000;
  const threads = options.world === undefined ? options.threads : 1;
  for await (const outcome of playWorlds(namesOf(options), wishes, threads)) {
    outcomes.push(outcome);
    total += outcome.events;
    if (outcome.violation !== undefined) {
      await tell({ ...outcome, plan: drawWorld(outcome.plan.seed, wishes) }, options.minimise);
      break;
    }
    if (isEnough()) break;
  }
  report(outcomes, start);
  return outcomes.every(({ violation }) => violation === undefined);
}

function* namesOf({ seed, world }: Options): Generator<string, undefined> {
  if (world !== undefined) yield world;
  else for (let number = 0; ; number++) yield `${seed}/${number}`;
  return undefined;
}

async function tell(outcome: Outcome, isToMinimise: boolean): Promise<void> {
  const { violation, plan } = outcome;
  console.log(
    `VIOLATION in world ${plan.seed} after ${violation?.event} events, ${violation?.at.toFixed(1)} ms`,
  );
  console.log(violation?.stack ?? violation?.what);
  const { outcome: least, runs } = isToMinimise
    ? await minimise(outcome, minimisingTime)
    : { outcome, runs: 0 };
  const file = `ward-violation-${plan.seed.replaceAll(/[^\w]+/g, "-")}.json`;
  writeFileSync(file, JSON.stringify(least.plan));
  console.log(`Minimised in ${runs} runs from ${plan.steps.length} steps to ${least.plan.steps.length}:`);
  for (const { at, do: name, a, b, c } of least.plan.steps.slice(0, 60))
    console.log(`  ${at} ${name} ${a} ${b} ${c}`);
  console.log(`${least.violation?.what}`);
  console.log(`Replay it: npm run ward -- --replay ${file}`);
}
