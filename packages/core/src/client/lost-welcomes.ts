import { fromHex } from "../codec/hex.ts";
import { ReadbackError } from "../error.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";

/** Milliseconds of a session until then: Welcomes that wait come first. */
const patience = 30_000;

/** Conversations that are asked about in one session at most: a relay may name any number. */
const mostAsked = 20;

/**
 * Finds conversations that this device was added to and cannot come into: it, or the relay, was put back to an older copy,
 * or a Welcome could not be used, and there is no other one. Nobody would know: to others the device is a member, and here
 * there is no such conversation, or one that it has left.
 */
export class LostWelcomes {
  readonly #engine: Engine;
  readonly #onFound: (id: string, error: ReadbackError) => void;
  readonly #told = new Set<string>();
  #cancel: () => void = () => {};

  /** @param onFound - called once for each such conversation */
  constructor(engine: Engine, onFound: (id: string, error: ReadbackError) => void) {
    this.#engine = engine;
    this.#onFound = onFound;
  }

  /** A new session. @param heads - how far this device may read each log, as the relay says */
  open(session: Session, heads: ReadonlyMap<string, number>): void {
    // Where a log goes on, this device may be about to read that it was removed.
    const news = [...heads].filter(([id, seq]) => seq > (this.#engine.state(id)?.position.seq ?? 0));
    if (news.length === 0) return;
    const { clock } = this.#engine;
    this.#cancel = clock.wake(clock.now() + patience, () => {
      const missing = news.filter(([id, seq]) => this.#isMissing(id, seq) && !this.#told.has(id));
      this.#ask(session, missing.slice(0, mostAsked)).catch(() => {
        // The session is gone: the next one asks.
      });
    });
  }

  /** The session is gone. */
  close(): void {
    this.#cancel();
  }

  async #ask(session: Session, missing: readonly (readonly [string, number])[]): Promise<void> {
    for (const [id, seq] of missing) {
      const answer = await session.request({ type: "group-info", conversation: fromHex(id) });
      // It is for members alone, and for none that a Welcome waits for.
      if (answer.type !== "group-info" || !this.#isMissing(id, seq)) continue;
      this.#told.add(id);
      this.#onFound(
        id,
        new ReadbackError(
          "welcome-lost",
          "This device was added to a conversation and cannot come in: somebody has to remove and add it again.",
        ),
      );
    }
  }

  /** Whether this device is in no place of a log that the relay lets it read up to entry `seq`. */
  #isMissing(id: string, seq: number): boolean {
    const state = this.#engine.state(id);
    return state === undefined || (state.phase === "left" && seq > state.position.seq);
  }
}
