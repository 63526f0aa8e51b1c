import { hasCode, ReadbackError } from "../error.ts";
import type { Clock } from "../port/clock.ts";
import type { Random } from "../port/random.ts";
import type { Transport } from "../port/transport.ts";
import type { Device } from "./device.ts";
import { type Account, Session, type SessionHandler } from "./session.ts";

const firstDelay = 500;
const longestDelay = 30_000;

/** What a link tells its owner. */
export interface LinkHandler {
  /** A session is open. Its pushes follow; a rejection ends the session and counts as a failed attempt. */
  onOpen(session: Session): Promise<void>;
  onPush: SessionHandler["onPush"];
  /** The session that was open is not any more. */
  onClose(): void;
  /** An attempt failed; another follows by itself. */
  onFailure(error: unknown): void;
}

/** Keeps one session open: dials, and dials again with a growing, random delay. The only place with a retry timer. */
export class Link {
  readonly #transport: Transport;
  readonly #device: Device;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #handler: LinkHandler;
  readonly #abort = new AbortController();
  #failures = 0;
  #cancelWake: () => void = () => {};
  #dialing: Promise<void> = Promise.resolve();
  #session: Session | undefined;

  /** Does nothing until {@link Link.start}. */
  constructor(transport: Transport, device: Device, clock: Clock, random: Random, handler: LinkHandler) {
    this.#transport = transport;
    this.#device = device;
    this.#clock = clock;
    this.#random = random;
    this.#handler = handler;
  }

  /** The open session, or `undefined` while there is none. */
  get session(): Session | undefined {
    return this.#session?.isClosed === false ? this.#session : undefined;
  }

  /** Begins to dial. */
  start(): void {
    this.#dialing = this.#dial();
  }

  /** Ends the session and dials no more. Resolves when everything is quiet. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#cancelWake();
    await this.#session?.close();
    await this.#dialing;
  }

  async #dial(): Promise<void> {
    let session: Session | undefined;
    try {
      session = await Session.open(
        this.#transport,
        accountOf(this.#device),
        this.#clock,
        { onPush: (message) => this.#handler.onPush(message), onClose: () => this.#onClose() },
        this.#abort.signal,
      );
      this.#session = session;
      await this.#handler.onOpen(session);
      this.#failures = 0;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#handler.onFailure(error instanceof ReadbackError ? error : unexpected(error));
      this.#failures++;
      if (session === undefined) this.#redialLater();
      else await session.close();
    }
  }

  #onClose(): void {
    this.#session = undefined;
    this.#handler.onClose();
    if (!this.#abort.signal.aborted) this.#redialLater();
  }

  #redialLater(): void {
    const longest = Math.min(longestDelay, firstDelay * 2 ** this.#failures);
    const bytes = this.#random(2);
    // Full jitter: after an outage of the relay its clients do not come back all at once.
    const share = ((bytes[0] as number) * 256 + (bytes[1] as number)) / 65_536;
    this.#cancelWake = this.#clock.wake(this.#clock.now() + Math.round(share * longest), () => this.start());
  }
}

function accountOf({ suites, loginSuite, signatureKeyPair, shown }: Device): Account {
  const { credential } = shown.issued;
  return { as: "welcome", suite: suites[0], loginSuite, signatureKeyPair, credential };
}

function unexpected(cause: unknown): ReadbackError {
  const code = hasCode(cause, "aborted") ? "aborted" : "transport-failed";
  return new ReadbackError(code, "The relay could not be reached.", { cause });
}
