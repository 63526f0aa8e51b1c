/** Type-checks every package by itself, then tests, scripts, benchmarks and examples together. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const projects = readdirSync("packages")
  .map((name) => `packages/${name}/tsconfig.json`)
  .filter((path) => existsSync(path));

let failures = 0;
for (const project of [...projects, "tsconfig.check.json"]) {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project], {
    stdio: "inherit",
  });
  console.log(`${status === 0 ? "ok    " : "failed"} ${project}`);
  if (status !== 0) failures += 1;
}
process.exitCode = failures === 0 ? 0 : 1;
