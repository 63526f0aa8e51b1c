import { type Profiler, Session } from "node:inspector";

/** A block of a script, with the order of magnitude of how often it ran, from never on. */
export interface Ground {
  readonly scriptId: string;
  readonly block: number;
}

/**
 * What V8 has run of some files, block by block. To be made before their functions run for the first time: V8 does not
 * look into those that it has compiled already.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #isWatched: (url: string) => boolean;
  readonly #known = new Map<string, Set<number>>();
  #size = 0;

  /** @param isWatched - whether the blocks of a file count */
  constructor(isWatched: (url: string) => boolean) {
    this.#isWatched = isWatched;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How much ground is known. */
  get size(): number {
    return this.#size;
  }

  /** What ran since the last call and is not known yet. */
  take(): Ground[] {
    return this.#read()
      .filter(({ url }) => this.#isWatched(url))
      .flatMap((script) => this.#unknownOf(script));
  }

  learn(grounds: readonly Ground[]): void {
    for (const { scriptId, block } of grounds) {
      const known = this.#known.get(scriptId) ?? new Set();
      this.#known.set(scriptId, known);
      if (!known.has(block)) this.#size += 1;
      known.add(block);
    }
  }

  stop(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  #unknownOf({ scriptId, functions }: Profiler.ScriptCoverage): Ground[] {
    const known = this.#known.get(scriptId);
    return (
      functions
        .flatMap(({ ranges }) => ranges)
        // Blocks that ran as often as what is around them are not told of: that one was passed by tells as much.
        .map(
          ({ startOffset, endOffset, count }) => (startOffset * 0x40000 + endOffset) * 64 + magnitude(count),
        )
        .filter((block) => !known?.has(block))
        .map((block) => ({ scriptId, block }))
    );
  }

  /** A session with its own thread answers before `post` returns. */
  #read(): Profiler.ScriptCoverage[] {
    let scripts: Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error) throw error;
      scripts = answer.result;
    });
    return scripts;
  }
}

/** 0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7, and so on. */
function magnitude(count: number): number {
  return 32 - Math.clz32(count);
}
