import type { Clock } from "@readback/core/wire";

/** Time that does not jump when somebody sets the clock, or every connection would seem to have been silent for long. */
export const steadyClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wake(at, run) {
    const timer = setTimeout(run, Math.max(0, at - steadyClock.now()));
    timer.unref(); // connections keep the process alive, not the watch over them
    return () => clearTimeout(timer);
  },
};
