import { contradicts } from "../conversation/receive-head.ts";
import type { LogEnd } from "../wire/answer.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";

/**
 * Whether what this device has of a conversation is known to be all there is. `asOf`: when the relay signed that there
 * is no more. `since`: when it last vouched for what is here, `undefined` where it never has. Milliseconds, by the relay.
 */
export type Freshness =
  | { readonly current: true; readonly asOf: number }
  | { readonly current: false; readonly since: number | undefined };

/** What the relay has signed about one conversation. */
export interface Vouched {
  readonly signedAt: number;
  readonly isClockOff: boolean;
  /** When it was asked, by our own clock. */
  readonly at: number;
  /** What this device had then. */
  readonly had: LogEnd;
  /** Where the log ends; `undefined` where the relay names none. */
  readonly end: LogEnd | undefined;
}

/** Milliseconds that an answer counts: a device that slept knows nothing until it has asked. */
const longestFresh = 90_000;

/** Knows whether one conversation is current, and tells when that changes. */
export class ConversationFreshness {
  readonly #runtime: ConversationRuntime;
  #vouched: { readonly seq: number; readonly asOf: number; readonly at: number } | undefined;
  #since: number | undefined;
  #wasCurrent = false;

  /** Not current, until the relay has vouched for it. */
  constructor(runtime: ConversationRuntime) {
    this.#runtime = runtime;
  }

  /** See {@link Freshness}. */
  get value(): Freshness {
    const { state, presence, reader, engine } = this.#runtime;
    const { phase, fork, position, log } = state;
    const vouched = this.#vouched;
    const canRead = presence.session !== undefined && !reader.isStuck && fork === undefined;
    const isMember = phase !== "left" && phase !== "halted";
    const isFresh = vouched !== undefined && Math.abs(engine.clock.now() - vouched.at) <= longestFresh;
    if (canRead && isMember && isFresh && position.seq >= vouched.seq)
      return { current: true, asOf: vouched.asOf };
    return { current: false, since: this.#since ?? log.head?.signedAt };
  }

  /** Takes what the relay says of where the log ends; `undefined` where it does not say it. */
  vouch(vouched: Vouched | undefined): void {
    const { reader, state } = this.#runtime;
    this.#vouched = undefined;
    if (vouched === undefined) this.#runtime.find("withheld");
    else {
      const { end, had, signedAt: asOf, at } = vouched;
      if (vouched.isClockOff) this.#runtime.find("clock-off");
      // It does not fit: the head that the relay signs for this log alone has to show why.
      if (end === undefined || end.seq < had.seq || contradicts(state, end.seq, end.hash)) reader.expect();
      else {
        this.#vouched = { seq: end.seq, asOf, at };
        if (end.seq > state.position.seq) reader.expect(end.seq);
      }
    }
    this.update();
  }

  /** The session is gone: its word no longer counts. */
  close(): void {
    this.#vouched = undefined;
    this.update();
  }

  /** Tells the application where it has become current or ceased to be. */
  update(): void {
    const { value } = this;
    if (value.current) this.#since = value.asOf;
    if (value.current === this.#wasCurrent || this.#runtime.isEnded) return;
    this.#wasCurrent = value.current;
    const { conversation } = this.#runtime;
    this.#runtime.emit("freshness", { conversation, freshness: value });
  }
}
