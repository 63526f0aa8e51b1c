interface Waiter {
  readonly condition: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Waits for conditions that change with the news, and gives up where there is no news for too long. */
export class Waiting {
  readonly #patience: number;
  #waiters: Waiter[] = [];
  #failure: Error | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param patience - milliseconds without news until {@link Waiting.until} rejects */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Resolves once the condition holds. */
  until(condition: () => boolean): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ condition, resolve, reject });
      this.#arm();
    });
  }

  /** Something has happened: conditions are looked at again. */
  news(): void {
    const [holding, waiting] = [[] as Waiter[], [] as Waiter[]];
    for (const waiter of this.#waiters) (waiter.condition() ? holding : waiting).push(waiter);
    this.#waiters = waiting;
    for (const { resolve } of holding) resolve();
    this.#arm();
  }

  /** Whoever waits hears of a failure, and whoever waits later. */
  fail(error: Error): void {
    this.#failure = error;
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#arm();
    for (const { reject } of waiters) reject(error);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#waiters.length === 0) return;
    const seconds = Math.round(this.#patience / 1000);
    this.#timer = setTimeout(
      () => this.fail(new Error(`nothing has happened for ${seconds} seconds`)),
      this.#patience,
    );
  }
}
