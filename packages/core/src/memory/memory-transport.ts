import { ReadbackError } from "../error.ts";
import type { Accept, Transport } from "../port/index.ts";
import { MemoryConnection } from "./memory-connection.ts";

/** See {@link memoryTransport}. */
export interface MemoryTransport extends Transport {
  /** Cuts every open connection as a broken line does. New ones can be opened at once. */
  cut(): void;
  /** Closes every connection from the accepting side; from now on `connect` rejects. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to something in this process, a relay for instance: `memoryTransport(relay.accept)`. Keeps the contract of
 * any transport, and uses no timer and no chance: what it does is the same in every run.
 */
export function memoryTransport(accept: Accept): MemoryTransport {
  const accepted = new Set<MemoryConnection>();
  let isClosed = false;

  const open = (): MemoryConnection => {
    const [near, far] = MemoryConnection.pair();
    accepted.add(far);
    void far.closed.then(() => accepted.delete(far));
    far.start(accept(far));
    return near;
  };

  return {
    connect(handler, signal) {
      return new Promise((resolve, reject) => {
        const abort = (): void => reject(new ReadbackError("aborted", "Connecting was aborted."));
        if (signal.aborted) return abort();
        signal.addEventListener("abort", abort, { once: true });
        queueMicrotask(() => {
          signal.removeEventListener("abort", abort);
          if (signal.aborted) return;
          if (isClosed) return reject(new ReadbackError("transport-failed", "Nobody accepts connections."));
          const near = open();
          resolve(near);
          // Those who wait for the promise come first, then the handler.
          queueMicrotask(() => near.start(handler));
        });
      });
    },

    cut() {
      for (const connection of accepted) connection.cut();
    },

    async close() {
      isClosed = true;
      await Promise.all([...accepted].map((connection) => connection.close()));
    },
  };
}
