import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./talk.ts";

/** What whoever started a program does with what it says. */
export interface ProgramHandler<Says extends Report> {
  onReport(report: Says): void;
  /** It ended without being asked to. */
  onCrash(reason: string): void;
}

const running = new Set<{ kill(): Promise<void> }>();

/** Kills every program that still runs, at once. Resolves when all are gone. */
export async function killPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.kill()));
}

/** A program that runs in its own process, from its start to its end. */
export class Program<Takes extends Order, Says extends Report> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #mayEnd = false;

  /** Starts it. `file` is one beside this one. */
  constructor(file: string, handler: ProgramHandler<Says>) {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child = child;
    running.add(this);
    child.on("message", (report) => handler.onReport(report as Says));
    this.#ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        running.delete(this);
        if (!this.#mayEnd) handler.onCrash(`${file} ${reason}`);
        resolve();
      };
      child.on("exit", (code, signal) => end(`ended with ${signal ?? `status ${code}`}`));
      child.on("error", (error) => end(`failed: ${error.message}`));
    });
  }

  /** The number of its process. */
  get id(): number | undefined {
    return this.#child.pid;
  }

  /** Sends an order. One that comes too late is no loss: whoever is started next asks the store. */
  tell(order: Takes): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** Waits until it has ended by itself, after an order that lets it. */
  async end(): Promise<void> {
    this.#mayEnd = true;
    await this.#ended;
  }

  /** Kills it with SIGKILL: it can do nothing about it, not even finish a write. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#mayEnd = true;
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
