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

/** The system's cryptographically secure randomness. */
export const systemRandom: Random = (length) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += largestDraw)
    crypto.getRandomValues(bytes.subarray(at, at + largestDraw));
  return bytes;
};
