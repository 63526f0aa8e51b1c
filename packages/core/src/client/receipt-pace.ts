import { receiptInterval, receiptsDue, receiptWait } from "../conversation/report.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { Clock } from "../port/clock.ts";

/**
 * Says when receipts may go out. By timers, not by comparing times: a clock that is set back must not hold receipts back
 * with it.
 */
export class ReceiptPace {
  readonly #clock: Clock;
  readonly #onTime: () => void;
  /** Undoes the end of the pause after receipts; `undefined` outside of a pause. */
  #endOfPause: (() => void) | undefined;
  /** The same for the wait before them, and whether it is over. */
  #endOfWait: (() => void) | undefined;
  #hasWaited = false;

  /** @param onTime - called when it is worth asking again */
  constructor(clock: Clock, onTime: () => void) {
    this.#clock = clock;
    this.#onTime = onTime;
  }

  /** Whether receipts are due now. What was only stored waits: for what is displayed next, and for another device of the person. */
  mayReport(state: ConversationState): boolean {
    const due = receiptsDue(state);
    if (due === undefined || this.#endOfPause !== undefined) return false;
    const wait = receiptWait(state);
    if (due === "now" || wait === 0 || this.#hasWaited) return true;
    this.#endOfWait ??= this.#after(wait, () => {
      this.#endOfWait = undefined;
      this.#hasWaited = true;
    });
    return false;
  }

  /** Receipts go out: the next ones after a pause. */
  pause(state: ConversationState): void {
    this.#endOfWait?.();
    this.#endOfWait = undefined;
    this.#hasWaited = false;
    this.#endOfPause = this.#after(receiptInterval(state), () => {
      this.#endOfPause = undefined;
    });
  }

  /** The session is gone: nothing is waited for. */
  close(): void {
    this.#endOfPause?.();
    this.#endOfPause = undefined;
    this.#endOfWait?.();
    this.#endOfWait = undefined;
  }

  #after(delay: number, then: () => void): () => void {
    return this.#clock.wake(this.#clock.now() + delay, () => {
      then();
      this.#onTime();
    });
  }
}
