import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const ward = fileURLToPath(new URL(".", import.meta.url));

/** As `npm run ward` has it: what is soon garbage is hardly ever copied, and by the thread that has made it. */
const collecting = ["--single-threaded-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"];

/** What a process has come to. */
export interface Played {
  /** Its exit status; `null` where a signal has ended it. */
  readonly status: number | null;
  readonly output: string;
}

/**
 * Plays in a process of its own, on one thread, which does not wait for what others compute.
 *
 * @param options - those of the command
 * @param mutant - the name of a bug to plant
 */
export async function playApart(options: readonly string[], mutant?: string): Promise<Played> {
  const hook = mutant === undefined ? [] : ["--import", `${ward}mutants/hook.ts`];
  const flags = [...collecting, "--conditions=@readback/source", ...hook];
  const settings = ["--no-minimise", "--threads", "1", ...options];
  const child = spawn(process.execPath, [...flags, `${ward}main.ts`, ...settings], {
    env: { ...process.env, READBACK_MUTANT: mutant },
    // A violation leaves a file behind.
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, output: output.join("") };
}

/** Does something with each of them, several at a time. */
export async function inTurn<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const queue = [...all];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
