import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** A process of Node that speaks in lines. */
export class LineProcess {
  /** What it has printed. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #complaints = "";
  #news: () => void = () => {};
  #isGone = false;

  /** Starts `node ...args`; it is gone when the test ends. */
  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const reader = createInterface(child.stdout);
    reader.on("line", (line) => {
      this.lines.push(line);
      this.#news();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints += text;
    });
    this.#child = child;
    this.#gone = Promise.all([once(child, "exit"), once(reader, "close")]).then(() => {
      this.#isGone = true;
      this.#news();
    });
    onTestFinished(() => this.kill());
  }

  /** Gives it a line. */
  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Resolves with the first line that begins like this. Rejects where the process ends without it. */
  async line(beginning: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(beginning));
      if (found !== undefined) return found;
      if (this.#isGone) throw new Error(`A process has ended without: ${beginning}\n${this.#complaints}`);
      await new Promise<void>((resolve) => {
        this.#news = resolve;
      });
    }
  }

  /** SIGKILL; resolves when it is gone and all its lines were read. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#gone;
  }
}
