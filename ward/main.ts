import { readFileSync } from "node:fs";
import { parseOptions, usage } from "./command-line.ts";
import { runMutants } from "./mutants/run.ts";
import { report } from "./report.ts";
import { runScenarios } from "./scenarios/run.ts";
import { simulate } from "./simulate.ts";
import type { Plan } from "./world/plan.ts";
import { runWorld } from "./world/run-world.ts";

/** `npm run ward`: see `docs/simulation.md`, or run it with `--help`. */
const options = parseOptions(process.argv.slice(2));
if (options === undefined) {
  console.error(usage);
  process.exit(2);
} else if (options.mutants !== undefined) {
  process.exitCode = (await runMutants(options.mutants)) ? 0 : 1;
} else if (options.scenario !== undefined) {
  process.exitCode = (await runScenarios(options.scenario)) ? 0 : 1;
} else if (options.replay !== undefined) {
  const outcome = await runWorld(JSON.parse(readFileSync(options.replay, "utf8")) as Plan);
  report([outcome]);
  process.exitCode = outcome.violation === undefined ? 0 : 1;
} else {
  process.exitCode = (await simulate(options)) ? 0 : 1;
}
