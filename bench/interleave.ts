/** Does something `count` times; what it returns is awaited. */
export type Batch = (count: number) => void | Promise<void>;

/** How often to do what, and what a clock counts. */
export interface Rounds {
  /** Batches of each, after one of each that does not count. */
  readonly rounds: number;
  /** Times within a batch. */
  readonly count: number;
  /** For what only computes: the time of this thread, which others that want the same core do not lengthen. */
  readonly clock?: "thread" | undefined;
}

/**
 * Times several things in turns, one batch of each at a time, so that whatever else the machine does hits all of them:
 * compare them with each other, and none of them with another run. Returns the median of each, microseconds each time.
 */
export async function interleave<Name extends string>(
  batches: Readonly<Record<Name, Batch>>,
  { rounds, count, clock }: Rounds,
): Promise<Record<Name, number>> {
  const names = Object.keys(batches) as Name[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const took = await time(batches[name], count, clock === "thread" ? threadTime : wallTime);
      if (round > 0) times.get(name)?.push(took);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}

async function time(batch: Batch, count: number, microseconds: () => number): Promise<number> {
  const start = microseconds();
  // Awaiting what is no promise would cost a turn of the event loop.
  const running = batch(count);
  if (running !== undefined) await running;
  return (microseconds() - start) / count;
}

function wallTime(): number {
  return performance.now() * 1000;
}

const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Linux adds up the time of a thread when it pauses: without a pause it would be known to a few milliseconds only. */
function threadTime(): number {
  Atomics.wait(nothing, 0, 0, 0.01);
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The smallest value that at least this share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
