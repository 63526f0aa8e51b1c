import type { Clock } from "@readback/core";
import { beginning, type Scheduler } from "../kernel/scheduler.ts";

/** The clock of one machine: it may be wrong, run too fast or too slow, and be set. */
export class SimulatedClock implements Clock {
  readonly #scheduler: Scheduler;
  #offset: number;
  readonly #rate: number;
  #wakes = new Set<() => void>();

  /**
   * @param offset - milliseconds that it is ahead
   * @param rate - its milliseconds in one true one
   */
  constructor(scheduler: Scheduler, offset = 0, rate = 1) {
    this.#scheduler = scheduler;
    this.#offset = offset;
    this.#rate = rate;
  }

  /** Wake-ups that wait. */
  get pending(): number {
    return this.#wakes.size;
  }

  /** Milliseconds that it is ahead, by what was set. */
  get offset(): number {
    return this.#offset;
  }

  now(): number {
    return Math.floor(beginning + this.#scheduler.now * this.#rate + this.#offset);
  }

  wake(at: number, run: () => void): () => void {
    // Timers run by the time that has passed, whatever the clock is set to meanwhile.
    const delay = Math.max(0, at - this.now()) / this.#rate + 0.001;
    const cancel = this.#scheduler.after(delay, "timer", () => {
      this.#wakes.delete(cancel);
      run();
    });
    this.#wakes.add(cancel);
    return () => {
      this.#wakes.delete(cancel);
      cancel();
    };
  }

  /** Somebody sets the clock. @param by - milliseconds, in either direction */
  jump(by: number): void {
    this.#offset += by;
  }

  /** The process is gone: nothing that it waits for happens any more. */
  stop(): void {
    for (const cancel of this.#wakes) cancel();
    this.#wakes.clear();
  }
}
