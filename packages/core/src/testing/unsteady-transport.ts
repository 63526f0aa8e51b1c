import { ReadbackError } from "../error.ts";
import type { Connection, ConnectionHandler, Transport } from "../port/index.ts";

/** A {@link Transport} that a test can take down and bring up again. */
export interface UnsteadyTransport extends Transport {
  /** Closes every connection and lets nobody connect until {@link UnsteadyTransport.up}. */
  down(): Promise<void>;
  /** Lets connections be opened again. */
  up(): void;
  /** How often somebody has tried to connect. */
  readonly attempts: number;
  /** How many connections are open. */
  readonly open: number;
}

/** `inner` behind a switch: for tests of what happens while there is no network, and when it comes back. */
export function unsteadyTransport(inner: Transport): UnsteadyTransport {
  const connections = new Set<Connection>();
  let isUp = true;
  let attempts = 0;
  return {
    async connect(handler, signal) {
      attempts += 1;
      if (!isUp) throw new ReadbackError("transport-failed", "The network is down: this was planned.");
      let connection: Connection | undefined;
      const watched: ConnectionHandler = {
        onFrame: (frame) => handler.onFrame(frame),
        onClose: (reason) => {
          if (connection !== undefined) connections.delete(connection);
          handler.onClose(reason);
        },
      };
      connection = await inner.connect(watched, signal);
      connections.add(connection);
      return connection;
    },
    async down() {
      isUp = false;
      await Promise.all([...connections].map((connection) => connection.close()));
    },
    up() {
      isUp = true;
    },
    get attempts() {
      return attempts;
    },
    get open() {
      return connections.size;
    },
  };
}
