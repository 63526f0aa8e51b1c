import { type Clock, type Logger, ReadbackError } from "@readback/core/wire";
import type { RelayStore } from "./relay-store.ts";

const day = 86_400_000;

/** Milliseconds that a relay keeps the payloads of messages and receipts, unless it is told otherwise. */
export const defaultRetention: number = 30 * day;

/** Milliseconds between two passes. */
const interval = 3_600_000;

/** Payloads that one step of the store forgets: what others ask for in between waits no longer than that. */
const mostAtOnce = 256;

/** The retention to work with. Throws `invalid-argument` where it is under a day, or no number. */
export function checkRetention(retention: number = defaultRetention): number {
  // Clients take it for something else when a payload is missing that is younger.
  if (retention >= day) return retention;
  throw new ReadbackError("invalid-argument", "A relay keeps payloads for a day at least.");
}

/** What a pruner works with. */
export interface PrunerOptions {
  readonly store: RelayStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds; `Infinity` keeps everything. */
  readonly retention: number;
}

/** Lets a relay forget what it has kept for long enough: at the start and then every hour, a little at a time. */
export class Pruner {
  readonly #options: PrunerOptions;
  #isStopped = false;
  #passing: Promise<void> = Promise.resolve();
  #cancel: () => void = () => {};

  /** Does nothing until {@link Pruner.start}. */
  constructor(options: PrunerOptions) {
    this.#options = options;
  }

  /** Makes a pass, and plans the next one. */
  start(): void {
    if (this.#options.retention === Number.POSITIVE_INFINITY) return;
    const { clock, logger } = this.#options;
    this.#passing = this.#pass()
      .catch((error: unknown) => {
        const code = error instanceof ReadbackError ? error.code : "unexpected";
        logger({ level: "error", event: "prune-failed", details: { code } });
      })
      .finally(() => {
        if (!this.#isStopped) this.#cancel = clock.wake(clock.now() + interval, () => this.start());
      });
  }

  /** Forgets nothing more. Resolves when the step under way is done. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#passing;
  }

  async #pass(): Promise<void> {
    const { store, clock, logger, retention } = this.#options;
    const before = clock.now() - retention;
    let pruned = 0;
    let last = mostAtOnce;
    while (last === mostAtOnce && !this.#isStopped) {
      last = await store.prune(before, mostAtOnce);
      pruned += last;
    }
    if (pruned > 0) logger({ level: "info", event: "pruned", details: { payloads: pruned } });
  }
}
