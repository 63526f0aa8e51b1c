import { type Profiler, Session } from "node:inspector";

/**
 * What V8 has run of some files, block by block. To be made before their functions run for the first time: V8 does not
 * look into those that it has compiled already.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #isWatched: (url: string) => boolean;
  readonly #blocks = new Known();
  readonly #grounds = new Known();

  /** @param isWatched - whether the blocks of a file count */
  constructor(isWatched: (url: string) => boolean) {
    this.#isWatched = isWatched;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many different things single inputs have done. */
  get size(): number {
    return this.#grounds.size;
  }

  /** Whether the inputs since the last call, all together, have run a block that none has run before. */
  takeBatch(): boolean {
    const before = this.#blocks.size;
    for (const { scriptId, block, count } of this.#take()) if (count > 0) this.#blocks.add(scriptId, block);
    return this.#blocks.size > before;
  }

  /** Whether the one input since the last call has run a block that none has run before, or one more or less often. */
  takeOne(): boolean {
    const before = this.#grounds.size;
    // Blocks that ran as often as what is around them are not told of: that one was passed by tells as much.
    for (const { scriptId, block, count } of this.#take())
      this.#grounds.add(scriptId, block * 64 + magnitude(count));
    return this.#grounds.size > before;
  }

  stop(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  /** A session with its own thread answers before `post` returns. */
  *#take(): Generator<{ scriptId: string; block: number; count: number }> {
    let scripts: Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error) throw error;
      scripts = answer.result;
    });
    for (const { scriptId, url, functions } of scripts) {
      if (!this.#isWatched(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges)
          yield { scriptId, block: startOffset * 0x40000 + endOffset, count };
      }
    }
  }
}

/** Numbers by script. */
class Known {
  readonly #numbers = new Map<string, Set<number>>();
  size = 0;

  add(scriptId: string, number: number): void {
    const numbers = this.#numbers.get(scriptId) ?? new Set();
    this.#numbers.set(scriptId, numbers);
    if (numbers.has(number)) return;
    numbers.add(number);
    this.size += 1;
  }
}

/** 0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7, and so on. */
function magnitude(count: number): number {
  return 32 - Math.clz32(count);
}
