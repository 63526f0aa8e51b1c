import type { Clock } from "@readback/core/wire";
import type { RelayLimits } from "./limits.ts";

/** Watches that a message which has begun also ends: a peer must not hold memory by sending a frame now and then. */
export class UnfinishedMessage {
  readonly #clock: Clock;
  readonly #limits: RelayLimits;
  readonly #tooSlow: () => void;
  #began = 0;
  #bytes = 0;
  #cancel: (() => void) | undefined;

  /** @param tooSlow - called once a message takes too long */
  constructor(clock: Clock, limits: RelayLimits, tooSlow: () => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#tooSlow = tooSlow;
  }

  /** A frame of `bytes` came, and more of its message is to come. */
  more(bytes: number): void {
    this.#bytes += bytes;
    if (this.#cancel !== undefined) return;
    this.#began = this.#clock.now();
    this.#watch();
  }

  /** The message is complete, or nobody cares any more. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#bytes = 0;
  }

  #watch(): void {
    const { messageTime, readRate } = this.#limits;
    const deadline = this.#began + messageTime + (this.#bytes / readRate) * 1_000;
    this.#cancel = this.#clock.wake(deadline, () => {
      // What came since has moved the deadline.
      const moved = this.#began + messageTime + (this.#bytes / readRate) * 1_000;
      if (moved > deadline) this.#watch();
      else this.#tooSlow();
    });
  }
}
