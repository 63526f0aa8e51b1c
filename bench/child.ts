import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Envelope, Orders } from "./programs/orders.ts";

type Order<Takes, Name extends keyof Takes> = Takes[Name] extends (
  ...args: infer Args
) => Promise<infer Answer>
  ? { args: Args; answer: Answer }
  : never;

const programs = ["relay", "broadcast", "sockets", "client", "idle"] as const;

type Program = (typeof programs)[number];

/** Puts each program into `folder` as one file of plain JavaScript, so that it loads no more than it needs. */
export async function buildPrograms(folder: string): Promise<void> {
  await build({
    entryPoints: programs.map((name) => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))),
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    conditions: ["@readback/source"],
    logLevel: "error",
  });
}

/** A program of `programs/` in a process of its own. */
export class Child<Takes extends Orders> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<string, { resolve(answer: unknown): void; reject(error: Error): void }>();

  /** Starts a program that {@link buildPrograms} has put into `folder`. @param flags - of Node */
  constructor(name: Program, folder: string, flags: readonly string[] = []) {
    // Without the flags of this process: it runs as an application that was built would.
    this.#process = fork(join(folder, `${name}.cjs`), {
      execArgv: ["--disable-warning=ExperimentalWarning", ...flags],
    });
    this.#process.on("message", ({ name, content }: Envelope) => {
      this.#waiting.get(name)?.resolve(content);
      this.#waiting.delete(name);
    });
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values())
        reject(new Error("A program of the bench has failed."));
    });
  }

  /** Gives an order and waits for its answer; one of a name at a time. */
  ask<Name extends keyof Takes & string>(
    name: Name,
    ...[content]: Order<Takes, Name>["args"]
  ): Promise<Order<Takes, Name>["answer"]> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(name, { resolve: resolve as (answer: unknown) => void, reject });
      this.#process.send({ name, content } satisfies Envelope);
    });
  }

  /** Ends the process and resolves when it is gone. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await gone;
  }
}
