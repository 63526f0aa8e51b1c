import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A second process, running a program of this folder. */
export interface OtherProcess {
  /** What it printed so far, by line. */
  readonly lines: readonly string[];
  /** Resolves once it printed `count` lines or ended. */
  printed(count: number): Promise<void>;
  /** Ends it with SIGKILL, unless it ended already; resolves when it is gone and all its lines were read. */
  kill(): Promise<void>;
}

/** Runs `program` on the storage file at `path`. */
export function startProcess(program: string, path: string, ...others: string[]): OtherProcess {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    ["--conditions=@readback/source", "--no-warnings", file, path, ...others],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const { stdout } = child;
  if (!stdout) throw new Error("a process without output");
  const lines: string[] = [];
  const reader = createInterface(stdout);
  let ended = false;
  const gone = Promise.all([once(child, "exit"), once(reader, "close")]).then(() => {
    ended = true;
  });
  reader.on("line", (line) => lines.push(line));

  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(kill);
  return {
    lines,
    kill,
    async printed(count) {
      while (lines.length < count && !ended) await Promise.race([once(reader, "line"), gone]);
    },
  };
}
