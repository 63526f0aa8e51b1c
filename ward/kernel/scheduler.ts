import { type Event, type EventKind, EventQueue } from "./event-queue.ts";

/** Milliseconds since 1970 at which every world begins: 2026-01-01T00:00:00Z. */
export const beginning = 1_767_225_600_000;

/** After this many events the event loop of the process gets its turn. */
const breath = 4_096;

/**
 * The only source of time and order. One event at a time: it runs, then everything that it has made ready runs until
 * no promise is left to settle, then comes the next event. No timer of the process is involved, so a run depends on
 * nothing but what was scheduled.
 */
export class Scheduler {
  readonly #queue = new EventQueue();
  #order = 0;
  #now = 0;
  #count = 0;
  #isRunning = false;
  readonly counts = new Map<EventKind, number>();
  /** Called after each event, when nothing is ready to run any more. */
  onSettled: () => void = () => {};

  /** Milliseconds since the beginning, with fractions. */
  get now(): number {
    return this.#now;
  }

  /** Events that have happened. */
  get count(): number {
    return this.#count;
  }

  /** Events that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Lets something happen at a time, or now where that is over. Returns its undo. */
  at(time: number, kind: EventKind, run: () => void): () => void {
    const event: Event = { at: Math.max(time, this.#now), order: this.#order++, kind, run, cancelled: false };
    this.#queue.push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Lets something happen after a while. Returns its undo. */
  after(delay: number, kind: EventKind, run: () => void): () => void {
    return this.at(this.#now + delay, kind, run);
  }

  /**
   * Lets everything happen up to and with a time, or until `isEnough`, which is asked before each event. Resolves with
   * whether it was enough. Rejects with what an event or `onSettled` has thrown.
   */
  run(until: number, isEnough: () => boolean = () => false): Promise<boolean> {
    if (this.#isRunning) return Promise.reject(new Error("Time runs already: wait for that first."));
    this.#isRunning = true;
    const over = this.#run(until, isEnough);
    const end = (): void => {
      this.#isRunning = false;
    };
    over.then(end, end);
    return over;
  }

  #run(until: number, isEnough: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let untilBreath = breath;
      const next = (): void => {
        if (--untilBreath > 0) {
          // A tick asked for by a microtask runs when no microtask is left: all that an event has caused comes first.
          process.nextTick(step);
        } else {
          untilBreath = breath;
          setImmediate(step);
        }
      };
      const step = (): void => {
        try {
          this.onSettled();
          if (isEnough()) {
            resolve(true);
            return;
          }
          const event = this.#queue.peek();
          if (event === undefined || event.at > until) {
            this.#now = Math.max(this.#now, until);
            resolve(false);
            return;
          }
          this.#happen(event);
          queueMicrotask(next);
        } catch (error) {
          reject(error);
        }
      };
      queueMicrotask(next);
    });
  }

  #happen(event: Event): void {
    this.#queue.pop();
    this.#now = event.at;
    this.#count += 1;
    this.counts.set(event.kind, (this.counts.get(event.kind) ?? 0) + 1);
    event.run();
  }
}
