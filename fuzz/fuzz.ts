import { hex } from "../packages/core/src/codec/hex.ts";
import type { Coverage } from "./coverage.ts";
import { judge } from "./judge.ts";
import { chanceOf, mutate } from "./mutate.ts";
import type { Target } from "./target.ts";

/** How to fuzz. Where both bounds are given, the first one that is reached ends it. */
export interface FuzzOptions {
  readonly seed: number;
  /** Inputs at most, seeds not counted. */
  readonly runs?: number | undefined;
  readonly seconds?: number | undefined;
  /** Tells what led to new ground; without it mutation is blind. */
  readonly coverage?: Coverage | undefined;
  /** Called with each input before it is run: whoever watches can tell which one it was that never came back. */
  readonly before?: ((input: Uint8Array) => void) | undefined;
}

/** An input that breaks a promise, made as short as was found. */
export interface Finding {
  readonly what: string;
  readonly input: Uint8Array;
}

/** What one run has done. */
export interface Report {
  readonly runs: number;
  readonly taken: number;
  readonly refused: number;
  /** How many refusals had each code. */
  readonly codes: ReadonlyMap<string, number>;
  /** Inputs that led to something new. */
  readonly corpus: number;
  /** Different blocks, by orders of magnitude of how often they ran. */
  readonly covered: number;
  readonly findings: readonly Finding[];
}

/** Reading the coverage costs as much as some dozens of inputs: many are run before it is read. */
const batchSize = 64;
const mostBytes = 8_192;
const mostShortenings = 400;

/** Mutates the seeds of a target, and whatever led to code that nothing had led to before. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Report> {
  const { coverage, before = () => {}, runs: mostRuns = Number.POSITIVE_INFINITY } = options;
  const chance = chanceOf(options.seed);
  const findings = new Map<string, Finding>();
  const codes = new Map<string, number>();
  const counts = { runs: 0, taken: 0, refused: 0 };
  const corpus = [...(await target.seeds())];

  const run = async (input: Uint8Array): Promise<void> => {
    before(input);
    const verdict = await judge(target, input);
    if (verdict.kind === "taken") counts.taken += 1;
    if (verdict.kind === "refused") {
      counts.refused += 1;
      codes.set(verdict.code, (codes.get(verdict.code) ?? 0) + 1);
    }
    if (verdict.kind === "finding" && !findings.has(verdict.what)) {
      findings.set(verdict.what, { what: verdict.what, input });
      findings.set(verdict.what, await shortened(target, { what: verdict.what, input }));
    }
  };

  for (const input of corpus) {
    await run(input);
    coverage?.takeOne();
  }
  const end = performance.now() + (options.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  while (counts.runs < mostRuns && performance.now() < end) {
    const batch: Uint8Array[] = [];
    for (let i = 0; i < Math.min(batchSize, mostRuns - counts.runs); i++) {
      const [input, other] = [one(corpus, chance), one(corpus, chance)];
      batch.push(mutate(input, chance, other, Math.max(mostBytes, input.length)));
    }
    for (const input of batch) await run(input);
    counts.runs += batch.length;
    if (!coverage?.takeBatch()) continue;
    // Once more, one by one: every input that leads to something new is kept.
    for (const input of batch) {
      before(input);
      await judge(target, input);
      if (coverage.takeOne()) corpus.push(input);
    }
  }
  const covered = coverage?.size ?? 0;
  return { ...counts, codes, corpus: corpus.length, covered, findings: [...findings.values()] };
}

/** What came last has led to the least known ground: half of the time it is one of those. */
function one(corpus: readonly Uint8Array[], chance: ReturnType<typeof chanceOf>): Uint8Array {
  const from = chance(2) === 0 ? Math.floor(corpus.length * 0.75) : 0;
  return corpus[from + chance(corpus.length - from)] ?? new Uint8Array(0);
}

/** Leaves out, then zeroes, ever smaller parts of an input as long as the finding stays the same. */
async function shortened(target: Target, finding: Finding): Promise<Finding> {
  let { input } = finding;
  let tries = 0;
  const isStill = async (candidate: Uint8Array): Promise<boolean> => {
    if (tries++ > mostShortenings || hex(candidate) === hex(input)) return false;
    const verdict = await judge(target, candidate);
    return verdict.kind === "finding" && verdict.what === finding.what;
  };
  for (let size = Math.ceil(input.length / 2); size > 0; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < input.length; ) {
      const without = Uint8Array.from([...input.subarray(0, at), ...input.subarray(at + size)]);
      const zeroed = new Uint8Array(input).fill(0, at, at + size);
      if (await isStill(without)) input = without;
      else {
        if (await isStill(zeroed)) input = zeroed;
        at += size;
      }
    }
  }
  return { ...finding, input };
}
