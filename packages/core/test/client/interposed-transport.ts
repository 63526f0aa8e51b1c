import { ReadbackError } from "../../src/error.ts";
import type { Connection, ConnectionHandler, Transport } from "../../src/port/index.ts";
import { FrameAssembler, splitMessage } from "../../src/wire/frame.ts";
import { maximumMessageSize } from "../../src/wire/limits.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  decodeRelayMessage,
  encodeRelayMessage,
  type RelayMessage,
} from "../../src/wire/message.ts";

/** What is told to the client in place of what the relay sent: messages, or frames as they are. */
export type Told = RelayMessage | { readonly frame: Uint8Array };

/** What stands between a client and its relay. It sees whole messages. */
export interface Between {
  /** Sees what the client sends, before the relay does. `lost`: the relay never does. */
  fromClient?(message: ClientMessage, connection: Injection): "lost" | undefined;
  /** Says what the client gets instead of `message`; `undefined`: the message as it is. Byte arrays are not to be changed. */
  fromRelay?(message: RelayMessage, connection: Injection): readonly Told[] | undefined;
}

/** The way to the client on one connection, for what no relay has sent. */
export interface Injection {
  tell(...told: readonly Told[]): void;
}

/** A {@link Transport} with something between its two ends. */
export interface InterposedTransport extends Transport {
  /** From now on nothing passes in either direction, and nobody can connect: what a process without power sends. */
  cut(): void;
  /** The connection opened last. */
  readonly last: Injection | undefined;
}

/** Puts something between a client and its relay. */
export function interposedTransport(inner: Transport, between: Between): InterposedTransport {
  const connections = new Set<Connection>();
  let isCut = false;
  let last: Injection | undefined;
  return {
    async connect(handler, signal) {
      if (isCut) throw gone();
      const toRelay = new FrameAssembler(maximumMessageSize.afterLogin);
      const toClient = new FrameAssembler(maximumMessageSize.afterLogin);
      const tell = (...told: readonly Told[]): void => {
        for (const one of told) {
          const frames = "frame" in one ? [one.frame] : splitMessage(encodeRelayMessage(one));
          for (const frame of frames) if (!isCut) handler.onFrame(frame.slice());
        }
      };
      const injection: Injection = { tell };
      const watched: ConnectionHandler = {
        onFrame(frame) {
          const bytes = toClient.push(frame);
          if (isCut || bytes === undefined) return;
          const told = between.fromRelay?.(decodeRelayMessage(bytes), injection);
          if (told === undefined) for (const part of splitMessage(bytes)) handler.onFrame(part);
          else tell(...told);
        },
        onClose(reason) {
          if (!isCut) handler.onClose(reason);
        },
      };
      const connection = await inner.connect(watched, signal);
      connections.add(connection);
      last = injection;
      return {
        async send(frame) {
          if (isCut) throw gone();
          const bytes = toRelay.push(frame.slice());
          if (bytes === undefined) return;
          if (between.fromClient?.(decodeClientMessage(bytes), injection) === "lost") return;
          for (const part of splitMessage(bytes)) await connection.send(part);
        },
        close: () => connection.close(),
      };
    },
    cut() {
      isCut = true;
      for (const connection of connections) void connection.close();
    },
    get last() {
      return last;
    },
  };
}

function gone(): ReadbackError {
  return new ReadbackError("transport-failed", "The power is gone: this was planned.");
}
