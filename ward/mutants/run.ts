import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";

const ward = fileURLToPath(new URL("..", import.meta.url));
/** Events that a mutant has to be found in. */
const budget = 300_000;

/** What became of one mutant. */
export interface Hunt {
  readonly mutant: Mutant;
  /** What found it; `undefined` where nothing did, or where it broke down by itself. */
  readonly found: string | undefined;
  readonly output: string;
}

/** Plants the bugs of these names, separated by commas, or `all`; each in a process of its own. Returns whether all were found. */
export async function runMutants(names: string): Promise<boolean> {
  const chosen = mutants.filter(({ name }) => names === "all" || names.split(",").includes(name));
  const queue = [...chosen];
  let found = 0;
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const hunt = await huntFor(mutant);
      if (hunt.found !== undefined) found += 1;
      console.log(
        `${hunt.found === undefined ? "MISSED" : "found "} ${mutant.name}: ${hunt.found ?? tail(hunt.output)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  console.log(`${found} of ${chosen.length} mutants found`);
  return chosen.length > 0 && found === chosen.length;
}

/** Lets the Ward look for one bug: its scenarios first, then random worlds. */
export async function huntFor(mutant: Mutant, events = budget): Promise<Hunt> {
  let output = "";
  for (const scenario of mutant.scenarios ?? []) {
    output += await run(mutant, ["--scenario", String(scenario)]);
    const failure = /^FAILED (.*)$/m.exec(output);
    if (failure !== null) return { mutant, found: `scenario ${failure[1]}`, output };
  }
  output += await run(mutant, ["--seed", "mutant", "--events", String(events), "--no-minimise"]);
  const violation = /^VIOLATION in world (\S+) after (\d+) events.*\n(?:Violation: )?((?:I\d+|E):.*)$/m.exec(
    output,
  );
  const found =
    violation === null ? undefined : `${violation[3]} (world ${violation[1]}, event ${violation[2]})`;
  return { mutant, found, output };
}

function run({ name }: Mutant, args: readonly string[]): Promise<string> {
  const flags = ["--conditions=@readback/source", "--import", `${ward}mutants/hook.ts`, `${ward}main.ts`];
  const child = spawn(process.execPath, [...flags, ...args], {
    env: { ...process.env, READBACK_MUTANT: name },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  }
  return new Promise((resolve) => child.on("close", () => resolve(output)));
}

function tail(output: string): string {
  return output.trim().split("\n").slice(-3).join(" | ");
}
