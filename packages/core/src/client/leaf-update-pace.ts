import { hasNewerCredential } from "../conversation/leaf-credential.ts";
import { leafUpdateDue, rankInDomain } from "../conversation/leaf-update.ts";
import { lacksOwnService } from "../conversation/revocation-services.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { StepTools } from "../conversation/step.ts";
import type { Clock } from "../port/clock.ts";

/** Milliseconds between two leaf updates of one device, whatever the conversations. */
const pause = 30_000;

/** Milliseconds until a newer credential is brought again, where a commit that was to bring it has come to nothing: at first, at most. */
const firstPause = 60_000;
const longestPause = 3_600_000;

/** Milliseconds between the devices of a domain that are to name their revocation service, where it is not named yet. */
const namingDelay = 60_000;

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
  /** Not before this time for the sake of a newer credential or of a service, and how long the next pause is. */
  #renewFrom = 0;
  #renewPause = firstPause;
  /** Not before this time for the sake of a service, since it is known to be missing. */
  #nameFrom: number | undefined;
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
    if (due === undefined || due === "now") return due !== undefined;
    return tools.now >= this.#dueFrom(due, state);
  }

  /** Not before this time. */
  #dueFrom(due: "in-turn" | "renewal" | "naming", state: ConversationState): number {
    if (due === "renewal") return this.#renewFrom;
    if (due === "in-turn") return this.#turns.freeAt;
    // Others of the domain may have to do it, where the first one is the one that was lost.
    this.#nameFrom ??= this.#clock.now() + Math.min(longestPause, rankInDomain(state) * namingDelay);
    return Math.max(this.#turns.freeAt, this.#renewFrom, this.#nameFrom);
  }

  /** An update is made now. */
  take(state: ConversationState, tools: StepTools): void {
    const now = this.#clock.now();
    this.#turns.freeAt = now + pause;
    const isRenewal = hasNewerCredential(state, tools) || lacksOwnService(state, tools);
    this.#nameFrom = undefined;
    this.#renewFrom = isRenewal ? now + this.#renewPause : 0;
    this.#renewPause = isRenewal ? Math.min(longestPause, this.#renewPause * 2) : firstPause;
  }

  /** Sets the one wake-up to what comes next. */
  arm(state: ConversationState, tools: StepTools): void {
    const { leafUpdate } = state;
    this.#cancel();
    const due = leafUpdateDue(state, tools);
    const isUrgent = due === "renewal" || due === "naming";
    const at = isUrgent ? this.#dueFrom(due, state) : Math.max(leafUpdate.dueAt, this.#turns.freeAt);
    if ((leafUpdate.isUsed || isUrgent) && at > this.#clock.now())
      this.#cancel = this.#clock.wake(at, this.#onTime);
  }

  /** The session is gone. */
  close(): void {
    this.#cancel();
  }
}
