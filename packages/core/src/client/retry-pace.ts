import type { Clock } from "../port/clock.ts";

/** Milliseconds until the first try again; each further one comes after twice as long. */
const first = 1_000;

/** Says when the relay is asked again for what it has not done: less and less often, until something has come of it. */
export class RetryPace {
  readonly #clock: Clock;
  #tries = 0;
  #cancel: () => void = () => {};

  /** Asks for nothing by itself. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` after a while, of at most `longest` milliseconds, instead of what was to be called before. */
  later(longest: number, run: () => void): void {
    this.#cancel();
    const delay = Math.min(longest, first * 2 ** this.#tries);
    this.#cancel = this.#clock.wake(this.#clock.now() + delay, () => {
      this.#tries += 1;
      run();
    });
  }

  /** Something has come of it: the next pause is a short one. */
  reset(): void {
    this.#tries = 0;
  }

  /** Nothing is called any more, and the next pause is a short one. */
  close(): void {
    this.#cancel();
    this.#tries = 0;
  }
}
