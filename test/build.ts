import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, root } from "./repository.ts";

/** Builds a package unless what is in its `dist` is newer than everything it is made of. */
export function buildIfStale(folder: string): void {
  const inputs = [...filesBelow(`${folder}/src`, ".ts"), `${folder}/package.json`, `${folder}/tsconfig.json`];
  const newest = Math.max(...[...inputs, "tsup.config.ts", "tsconfig.base.json"].map(changedAt));
  if (oldestOutput(folder) > newest) return;
  const tsup = join(root, "node_modules/tsup/dist/cli-default.js");
  const options = ["--config", "../../tsup.config.ts", "--silent"];
  execFileSync(process.execPath, [tsup, ...options], { cwd: join(root, folder), stdio: "pipe" });
}

function oldestOutput(folder: string): number {
  try {
    const outputs = [...filesBelow(`${folder}/dist`, ".js"), ...filesBelow(`${folder}/dist`, ".d.ts")];
    return outputs.length === 0 ? 0 : Math.min(...outputs.map(changedAt));
  } catch {
    return 0;
  }
}

function changedAt(path: string): number {
  return statSync(join(root, path)).mtimeMs;
}
