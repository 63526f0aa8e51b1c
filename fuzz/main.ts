/**
 * Fuzzes the decoders: `npm run fuzz -- [--seconds N] [--runs N] [--target NAME] [--seed N] [--no-keep]`. Each target
 * gets so many seconds, or inputs. What is found is kept in `packages/*\/test/regressions`, unless told otherwise.
 * Ends with a line per target and one for all; the exit status is 1 where something was found.
 */
import { parseArgs } from "node:util";
import { hex } from "../packages/core/src/codec/hex.ts";
import { keep } from "./regressions.ts";
import { targetOf, targets } from "./targets.ts";
import { watched } from "./watch.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seconds: { type: "string" },
    runs: { type: "string" },
    target: { type: "string", multiple: true },
    seed: { type: "string" },
    keep: { type: "boolean", default: true },
  },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = values.runs === undefined ? undefined : Number(values.runs);
const seconds = Number(values.seconds ?? (runs === undefined ? 60 : Number.POSITIVE_INFINITY));
const chosen = values.target?.map(targetOf) ?? targets;

console.log(`seed ${seed}`);
const total = { inputs: 0, findings: 0 };
for (const target of chosen) {
  const report = await watched(target.name, { seed, runs, seconds });
  total.inputs += report.runs;
  total.findings += report.findings.length;
  for (const { what, input } of report.findings) {
    const where = values.keep ? keep(target, input) : hex(input);
    console.log(`${target.name}: ${what}\n  ${where}`);
  }
  const { taken, refused, codes, corpus, covered, findings } = report;
  const how = `${taken} taken, ${refused} refused with ${codes.size} codes`;
  const far = `${corpus} inputs kept, ${covered} blocks`;
  console.log(`${target.name}: ${report.runs} inputs, ${how}, ${far}, ${findings.length} findings`);
}
console.log(`${chosen.length} targets, ${total.inputs} inputs, ${total.findings} findings`);
process.exitCode = total.findings === 0 ? 0 : 1;
