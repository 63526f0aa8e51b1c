/**
 * `npm run bench` measures everything, `npm run bench -- NAME...` the groups of these names; `--json` prints JSON.
 * It judges nothing: the goals stand beside the figures, and whoever reads the table knows how busy the machine was.
 */
import { availableParallelism, cpus, loadavg } from "node:os";
import { bundle } from "./bundle.ts";
import { catchUp } from "./catch-up.ts";
import { endToEnd } from "./end-to-end.ts";
import { evidence } from "./evidence.ts";
import { mls } from "./mls.ts";
import { receipts } from "./receipts.ts";
import { relay } from "./relay.ts";
import { type Group, type Result, resultOf } from "./row.ts";
import { sockets } from "./sockets.ts";
import { table } from "./table.ts";

const groups: readonly Group[] = [mls, endToEnd, catchUp, evidence, receipts, relay, sockets, bundle];

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const unknown = [
  ...names.filter((name) => !groups.some((group) => group.name === name)),
  ...flags.filter((flag) => flag !== "--json"),
];
if (unknown.length > 0) {
  console.error(
    `Unknown: ${unknown.join(", ")}. There are: ${groups.map(({ name }) => name).join(", ")}, --json.`,
  );
  process.exit(2);
}

const chosen = groups.filter(({ name }) => names.length === 0 || names.includes(name));
const results: Result[] = [];
for (const group of chosen) {
  const start = performance.now();
  results.push(...(await group.run()).map((row) => resultOf(group.name, row)));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(`${group.name}: ${seconds} s`);
}

const machine = {
  node: process.version,
  openssl: process.versions.openssl,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  load: loadavg()[0] ?? 0,
};
if (flags.includes("--json")) {
  console.log(JSON.stringify({ machine, results }, undefined, 2));
} else {
  const { node, openssl, cpu, cores, load } = machine;
  console.log(table(results));
  console.log(`\n${chosen.map(({ name, about }) => `- ${name}: ${about}`).join("\n")}`);
  console.log(`\nNode ${node}, OpenSSL ${openssl}, ${cores} cores (${cpu}), load ${load.toFixed(1)}.`);
}
