import { EventEmitter } from "eventemitter3";
import { ReadbackError } from "../error.ts";

/**
 * Typed events with one payload each. A listener that throws, or whose promise rejects, harms nobody else: what it
 * threw goes to `onFailure`.
 */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter();
  readonly #onFailure: (error: ReadbackError) => void;

  /** @param onFailure - told what a listener threw; must not throw itself */
  constructor(onFailure: (error: ReadbackError) => void) {
    this.#onFailure = onFailure;
  }

  /** Calls `listener` for each event of that name from now on. Returns its undo, which is idempotent. */
  on<Name extends keyof Events & string>(
    name: Name,
    listener: (payload: Events[Name]) => unknown,
  ): () => void {
    const guarded = (payload: Events[Name]): void => {
      try {
        const result = listener(payload);
        if (result instanceof Promise)
          result.catch((cause: unknown) => this.#onFailure(listenerFailure(cause)));
      } catch (cause) {
        this.#onFailure(listenerFailure(cause));
      }
    };
    this.#emitter.on(name, guarded);
    return () => void this.#emitter.off(name, guarded);
  }

  /** Calls the listeners of an event, in the order they were added. */
  emit<Name extends keyof Events & string>(name: Name, payload: Events[Name]): void {
    this.#emitter.emit(name, payload);
  }

  /** Whether anybody listens to an event. */
  has(name: keyof Events & string): boolean {
    return this.#emitter.listenerCount(name) > 0;
  }

  /** Forgets all listeners. */
  clear(): void {
    this.#emitter.removeAllListeners();
  }
}

function listenerFailure(cause: unknown): ReadbackError {
  return new ReadbackError("listener-failed", "A listener of the application has failed.", { cause });
}
