import { availableParallelism } from "node:os";
import { inTurn, playApart } from "../play-apart.ts";
import type { Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";

const atOnce = Math.min(2, availableParallelism());
/** What most bugs are found in. */
const usual = { world: "s8/0", within: 120_000 };
/** What the worlds are drawn from that were chosen for no mutant. */
const [firstSeed, otherSeed] = ["mutant", "other"];

/** What became of one search. */
export interface Hunt {
  /** What was violated; `undefined` where nothing was, or where it broke down by itself. */
  readonly found: string | undefined;
  /** Whether it ran to its end. */
  readonly isClean: boolean;
  readonly output: string;
}

/**
 * Plants the bugs of these names, separated by commas, or `all`; each in a process of its own. Each has to be found in
 * the world that was chosen for it and in others that were not, and the program as it is has to be clean in all of them.
 * Returns whether that is so.
 */
export async function runMutants(names: string): Promise<boolean> {
  const chosen = mutants.filter(({ name }) => names === "all" || names.split(",").includes(name));
  let found = 0;
  await inTurn(chosen, atOnce, async (mutant) => {
    const [own, other] = [await huntFor(mutant), await huntIn(otherSeed, mutant)];
    const isFound = own.found !== undefined && other.found !== undefined;
    if (isFound) found += 1;
    const said = [own, other].map((hunt) => hunt.found ?? `MISSED: ${tail(hunt.output)}`);
    console.log(`${isFound ? "found " : "MISSED"} ${mutant.name}: ${said.join("\n         and ")}`);
  });
  console.log(`${found} of ${chosen.length} mutants found`);
  const dirty = await runWithout(chosen);
  console.log(`without them ${dirty === 0 ? "nothing is violated" : `${dirty} runs are not clean`} there`);
  return chosen.length > 0 && found === chosen.length && dirty === 0;
}

/** Looks for one bug in the world that was chosen for it. A change of the code changes what happens there: then in others. */
export async function huntFor(mutant: Mutant): Promise<Hunt> {
  const hunt = await run(mutant, ["--world", mutant.world ?? usual.world, ...endingsFor(mutant)]);
  return hunt.found === undefined ? huntIn(firstSeed, mutant) : hunt;
}

function huntIn(seed: string, mutant: Mutant): Promise<Hunt> {
  return run(mutant, huntArgs(seed, mutant.within ?? usual.within, mutant));
}

function huntArgs(seed: string, events: number, mutant: Pick<Mutant, "takesEndings">): string[] {
  return ["--seed", seed, "--events", String(events), ...endingsFor(mutant)];
}

function endingsFor({ takesEndings }: Pick<Mutant, "takesEndings">): string[] {
  return takesEndings ? ["--endings"] : [];
}

/** Lets the same worlds happen without any bug. Returns how many runs were not clean. */
async function runWithout(chosen: readonly Mutant[]): Promise<number> {
  const [ending, usually] = [
    chosen.filter((one) => one.takesEndings),
    chosen.filter((one) => !one.takesEndings),
  ];
  const runs = [...runsOf(usually), ...runsOf(ending)];
  let dirty = 0;
  await inTurn(runs, atOnce, async (args) => {
    const { isClean, output } = await run(undefined, args);
    if (isClean) return;
    dirty += 1;
    console.log(`NOT CLEAN ${args.join(" ")}: ${tail(output)}`);
  });
  return dirty;
}

/** All that these are looked for in, each once. */
function runsOf(chosen: readonly Mutant[]): string[][] {
  const [first] = chosen;
  if (first === undefined) return [];
  const most = Math.max(...chosen.map(({ within }) => within ?? usual.within));
  const worlds = [...new Set(chosen.map(({ world }) => world ?? usual.world))];
  return [
    ...[firstSeed, otherSeed].map((seed) => huntArgs(seed, most, first)),
    ...worlds.map((world) => ["--world", world, ...endingsFor(first)]),
  ];
}

async function run(mutant: Mutant | undefined, args: readonly string[]): Promise<Hunt> {
  const { status, output } = await playApart(args, mutant?.name);
  const violation = /^VIOLATION in world (\S+) after (\d+) events.*\n(?:Violation: )?((?:I\d+|E):.*)$/m.exec(
    output,
  );
  const [, world, events, what] = violation ?? [];
  const found = violation === null ? undefined : `${what?.slice(0, 200)} (world ${world}, event ${events})`;
  return { found, isClean: status === 0, output };
}

function tail(output: string): string {
  return output.trim().split("\n").slice(-3).join(" | ");
}
