import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type StartedProcess, smallYoungGeneration, startOver } from "../src/young-generation.ts";
import { startRelay } from "./process.ts";

/** What a process would be started over with. */
function startedWith(parts: Partial<StartedProcess>): readonly string[] | undefined {
  let found: readonly string[] | undefined;
  startOver({
    execPath: "/bin/node",
    execArgv: ["--no-warnings"],
    argv: ["/bin/node", "cli.js", "--port", "0"],
    env: {},
    execve(file, args) {
      expect(file).toBe("/bin/node");
      found = args;
      return undefined as never;
    },
    ...parts,
  });
  return found;
}

test("starts over with what it was started with, and a small young generation", () => {
  const args = ["/bin/node", smallYoungGeneration, "--no-warnings", "cli.js", "--port", "0"];
  expect(startedWith({})).toEqual(args);
});

test.each([
  ["started over", { execArgv: [smallYoungGeneration] }],
  ["given another size", { execArgv: ["--max_semi_space_size=32"] }],
  ["given a size by the environment", { env: { NODE_OPTIONS: "--max-semi-space-size=16" } }],
  ["started with a channel", { channel: {} }],
])("goes on where it was %s", (_, parts) => {
  expect(startedWith(parts)).toBeUndefined();
});

test("goes on where a process cannot be started over", () => {
  const { execPath, argv } = process;
  expect(() => startOver({ execPath, execArgv: [], argv, env: {} })).not.toThrow();
});

test.runIf(process.platform === "linux")("the program has a small young generation", async () => {
  const database = join(tmpdir(), `readback-young-${process.pid}.db`);
  const relay = await startRelay(database);
  const args = readFileSync(`/proc/${relay.process.pid}/cmdline`, "utf8").split("\0");
  await relay.end("SIGTERM");
  for (const name of [database, `${database}-wal`, `${database}-shm`]) rmSync(name, { force: true });
  expect(args).toContain(smallYoungGeneration);
  expect(args.filter((arg) => arg === "--no-warnings")).toHaveLength(1);
});
