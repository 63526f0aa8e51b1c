/** Runs all tests, or those its arguments select, and ends with one line: "N passed, N failed". */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Totals } from "./totals-reporter.ts";

const directory = mkdtempSync(join(tmpdir(), "readback-test-"));
const path = join(directory, "totals.json");

const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=./scripts/totals-reporter.ts",
    ...process.argv.slice(2),
  ],
  { stdio: "inherit", env: { ...process.env, READBACK_TOTALS: path } },
);

const { passed, failed, skipped } = readTotals();
rmSync(directory, { recursive: true });

// A run that broke is never reported as clean, whatever was counted.
const failures = status === 0 ? failed : Math.max(failed, 1);
process.exitCode = failures === 0 ? 0 : status || 1;
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);

function readTotals(): Totals {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Totals;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
