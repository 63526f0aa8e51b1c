import type { Clock } from "../port/clock.ts";
import type { Random } from "../port/random.ts";

/** The longest delay that timers of all runtimes take: 2^31 - 1 milliseconds. */
const longestTimer = 0x7fffffff;

/** The largest request that `getRandomValues` takes: bytes. */
const largestDraw = 65_536;

/** The time of the system, and its timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wake: (at, run) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const arm = (): void => {
      const delay = at - Date.now();
      timer = delay > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(run, Math.max(0, delay));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

// To ask the system costs as much as half of a signature, and most draws are nonces: those of one task share a question.
const pool = new Uint8Array(1_024);
const largestShared = 64;
let left = 0;

/** The system's cryptographically secure randomness. */
export const systemRandom: Random = (length) => {
  if (length <= largestShared) return shared(length);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += largestDraw)
    crypto.getRandomValues(bytes.subarray(at, at + largestDraw));
  return bytes;
};

function shared(length: number): Uint8Array {
  if (left < length) {
    crypto.getRandomValues(pool);
    // What is left goes with the task: a copy of this process, made of a snapshot, must not draw the same bytes.
    if (left === 0) void Promise.resolve().then(forget);
    left = pool.length;
  }
  const end = left;
  left -= length;
  const bytes = pool.slice(left, end);
  pool.fill(0, left, end);
  return bytes;
}

function forget(): void {
  pool.fill(0);
  left = 0;
}
