import type { Clock } from "../port/index.ts";

/** A {@link Clock} that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves on by `milliseconds` (0 or more) and runs what falls due on the way, in order of time and then of asking;
   * `now()` is the due time of each while it runs. Nothing ever runs inside `wake`.
   */
  advance(milliseconds: number): void;
  /**
   * Moves on from one wake-up to the next until none is left. Throws after `limit` (default 10,000) of them, for
   * those that ask for the next one for ever.
   */
  runAll(limit?: number): void;
  /** Sets the time to `now`, in either direction, as people and servers do; runs nothing. */
  jump(now: number): void;
  /** The time of the next wake-up, or `undefined` if nothing waits. */
  readonly next: number | undefined;
  /** Number of wake-ups that wait. */
  readonly pending: number;
}

interface WakeUp {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that starts at `start` milliseconds since the epoch (default: 2026-01-01T00:00:00Z) and moves only by hand. */
export function manualClock(start = 1_767_225_600_000): ManualClock {
  let now = start;
  const waiting = new Set<WakeUp>();

  /** The earliest, of several the one asked for first: a set keeps the order of adding. */
  const earliest = (): WakeUp | undefined => {
    let found: WakeUp | undefined;
    for (const wakeUp of waiting) if (found === undefined || wakeUp.at < found.at) found = wakeUp;
    return found;
  };
  const run = (wakeUp: WakeUp): void => {
    waiting.delete(wakeUp);
    now = Math.max(now, wakeUp.at);
    wakeUp.run();
  };

  return {
    now: () => now,
    wake(at, run) {
      const wakeUp = { at, run };
      waiting.add(wakeUp);
      return () => {
        waiting.delete(wakeUp);
      };
    },
    advance(milliseconds) {
      if (!(milliseconds >= 0)) throw new RangeError("A clock advances by 0 milliseconds or more.");
      const end = now + milliseconds;
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) run(next);
      now = Math.max(now, end);
    },
    runAll(limit = 10_000) {
      for (let count = 0; ; count++) {
        const next = earliest();
        if (next === undefined) return;
        if (count === limit) throw new Error(`Something still waits after ${limit} wake-ups.`);
        run(next);
      }
    },
    jump(to) {
      now = to;
    },
    get next() {
      return earliest()?.at;
    },
    get pending() {
      return waiting.size;
    },
  };
}
