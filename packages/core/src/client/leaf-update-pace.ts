import { hasNewerCredential } from "../conversation/leaf-credential.ts";
import { leafUpdateDue } from "../conversation/leaf-update.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { StepTools } from "../conversation/step.ts";
import type { Clock } from "../port/clock.ts";

/** Milliseconds between two leaf updates of one device, whatever the conversations. */
const pause = 30_000;

/** When the next leaf update of this device may be made: one for all of its conversations. */
export interface LeafUpdateTurns {
  /** Milliseconds by our own clock. */
  freeAt: number;
}

/**
 * Says when this device may put a fresh key into its leaf of one conversation. After a long absence many are due: one
 * after the other, or what people want to say and do would wait behind them at the relay.
 */
export class LeafUpdatePace {
  readonly #clock: Clock;
  readonly #turns: LeafUpdateTurns;
  readonly #onTime: () => void;
  #cancel: () => void = () => {};

  /**
   * @param turns - shared by all conversations
   * @param onTime - called when it is worth asking again
   */
  constructor(clock: Clock, turns: LeafUpdateTurns, onTime: () => void) {
    this.#clock = clock;
    this.#turns = turns;
    this.#onTime = onTime;
  }

  /** Whether it is time, and this conversation's turn. What has to be done at once waits for no turn. */
  isDue(state: ConversationState, tools: StepTools): boolean {
    const due = leafUpdateDue(state, tools);
    return due === "now" || (due === "in-turn" && tools.now >= this.#turns.freeAt);
  }

  /** An update is made now. */
  take(): void {
    this.#turns.freeAt = this.#clock.now() + pause;
  }

  /** Sets the one wake-up to what comes next. */
  arm(state: ConversationState, tools: StepTools): void {
    const { leafUpdate } = state;
    this.#cancel();
    const at = Math.max(hasNewerCredential(state, tools) ? 0 : leafUpdate.dueAt, this.#turns.freeAt);
    if (leafUpdate.isUsed && at > this.#clock.now()) this.#cancel = this.#clock.wake(at, this.#onTime);
  }

  /** The session is gone. */
  close(): void {
    this.#cancel();
  }
}
