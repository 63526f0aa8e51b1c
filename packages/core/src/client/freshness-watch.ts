import { fromHex, hex } from "../codec/hex.ts";
import { fullName } from "../conversation/identity.ts";
import { clockTolerance } from "../conversation/integrity.ts";
import { digestOfEnds, verifyEnds } from "../conversation/log-ends.ts";
import type { LogEnd } from "../wire/answer.ts";
import { nonceSize } from "../wire/request.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";

/** Milliseconds between two questions. */
const interval = 30_000;

/**
 * Asks the relay, at the beginning of a session and then at an interval, to sign anew where all logs end: one question
 * for all conversations, whose answer is short where nothing is new.
 */
export class FreshnessWatch {
  readonly #engine: Engine;
  readonly #conversations: () => readonly ConversationRuntime[];
  #session: Session | undefined;
  #isAsking = false;
  #again = false;
  #cancel: () => void = () => {};

  /** Asks nothing until {@link FreshnessWatch.open}. */
  constructor(engine: Engine, conversations: () => readonly ConversationRuntime[]) {
    this.#engine = engine;
    this.#conversations = conversations;
  }

  /** A new session. */
  open(session: Session): void {
    this.close();
    this.#session = session;
    this.ask();
  }

  /** The session is gone. */
  close(): void {
    this.#session = undefined;
    this.#isAsking = false;
    this.#cancel();
  }

  /** Asks now, or once the question under way is answered; then again after the interval, whatever comes of it. */
  ask(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#again = this.#isAsking;
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#cancel();
    const { clock } = this.#engine;
    this.#cancel = clock.wake(clock.now() + interval, () => {
      for (const { freshness } of this.#conversations()) freshness.update();
      this.ask();
    });
    this.#ask(session)
      .catch(() => {
        // A session that gets no answer ends, which is told by itself.
      })
      .finally(() => {
        if (this.#session !== session) return;
        this.#isAsking = false;
        if (this.#again) this.ask();
      });
  }

  async #ask(session: Session): Promise<void> {
    const { random, clock } = this.#engine;
    const asked = this.#conversations().filter((runtime) => {
      const { phase, position } = runtime.state;
      return phase !== "left" && position.seq > 0 && runtime.isHub(session);
    });
    const known = asked.map((runtime) => endOf(runtime));
    const nonce = random(nonceSize);
    const digest = digestOfEnds(this.#engine.device.logSuite, known);
    const at = clock.now();
    const answer = await session.request({ type: "ends", nonce, digest });
    if (this.#session !== session) return;
    const signed = answer.type === "ends" ? this.#check(session, nonce, digest, answer) : undefined;
    for (const [index, runtime] of asked.entries()) {
      const had = known[index] as LogEnd;
      const end = signed?.ends === undefined ? had : signed.ends.get(runtime.id);
      runtime.freshness.vouch(signed && { ...signed, at, had, end });
    }
  }

  /** `undefined` where the answer is not one to this question, signed by the relay. */
  #check(session: Session, nonce: Uint8Array, digest: Uint8Array, answer: EndsAnswer): Signed | undefined {
    const { device, clock } = this.#engine;
    const { signedAt, signature, ends } = answer;
    const content = {
      device: fullName(device.identity),
      nonce,
      digest: ends === undefined ? digest : digestOfEnds(device.logSuite, ends),
      signedAt,
    };
    if (!verifyEnds(device.logSuite, session.challenge.logKey, content, signature)) return undefined;
    const isClockOff = Math.abs(signedAt - clock.now()) > clockTolerance;
    return { signedAt, isClockOff, ends: ends && new Map(ends.map((end) => [hex(end.conversation), end])) };
  }
}

type EndsAnswer = {
  readonly signedAt: number;
  readonly signature: Uint8Array;
  readonly ends: readonly LogEnd[] | undefined;
};

interface Signed {
  readonly signedAt: number;
  readonly isClockOff: boolean;
  readonly ends: ReadonlyMap<string, LogEnd> | undefined;
}

function endOf({ id, state }: ConversationRuntime): LogEnd {
  const { seq, hash } = state.position;
  return { conversation: fromHex(id), seq, hash };
}
