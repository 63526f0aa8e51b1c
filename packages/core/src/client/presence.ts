import type { ReadbackError } from "../error.ts";
import type { Session } from "./session.ts";
import { abortable, closed } from "./waiting.ts";

type Waiter = { resolve(session: Session): void; reject(error: ReadbackError): void };

/** Knows whether there is a session, and lets others wait for one. */
export class Presence {
  readonly #waiters = new Set<Waiter>();
  #session: Session | undefined;
  #isClosed = false;

  /** The session, or `undefined` while there is none. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** There is a session, or none any more. */
  set(session: Session | undefined): void {
    this.#session = session;
    if (session !== undefined) for (const waiter of [...this.#waiters]) waiter.resolve(session);
  }

  /** There will be none any more: whoever waits hears `closed`. */
  close(): void {
    this.#isClosed = true;
    this.#session = undefined;
    for (const waiter of [...this.#waiters]) waiter.reject(closed());
  }

  /** Resolves with a session as soon as there is one. Rejects with `aborted` or `closed`. */
  online(signal?: AbortSignal): Promise<Session> {
    if (this.#isClosed) return Promise.reject(closed());
    return abortable(signal, (resolve, reject) => {
      const waiter = { resolve, reject };
      this.#waiters.add(waiter);
      if (this.#session !== undefined) resolve(this.#session);
      return () => void this.#waiters.delete(waiter);
    });
  }
}
