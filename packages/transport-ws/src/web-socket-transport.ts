import { ReadbackError, type Transport } from "@readback/core/wire";
import { subprotocol } from "./protocol.ts";
import type { StandardWebSocket, WebSocketConstructor } from "./standard-web-socket.ts";
import { WebSocketConnection } from "./web-socket-connection.ts";

/** What {@link webSocketTransport} takes besides the address. */
export interface WebSocketTransportOptions {
  /** The class to use instead of the global `WebSocket`. */
  readonly WebSocket?: WebSocketConstructor;
  /** Bytes that may wait within a WebSocket before `send` waits too. Default: 262,144. */
  readonly maximumBufferedBytes?: number;
  /** Milliseconds that `close` waits for the other side. Default: 2,000. */
  readonly closeTime?: number;
}

/**
 * Connects to a relay over the standard `WebSocket` of browsers, Node, Deno, Bun and React Native.
 *
 * @param url - `wss://…`, or `ws://…` where something else protects the line: frames are sealed, but who talks to whom
 * is not. Throws `invalid-argument` for any other address.
 */
export function webSocketTransport(url: string | URL, options: WebSocketTransportOptions = {}): Transport {
  const address = checkAddress(url);
  const { maximumBufferedBytes = 262_144, closeTime = 2_000 } = options;
  checkCount(maximumBufferedBytes);
  checkCount(closeTime);

  return {
    connect(handler, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(aborted());
        const socket = openSocket(address, options.WebSocket ?? globalThis.WebSocket);
        if (socket instanceof ReadbackError) return reject(socket);

        let connection: WebSocketConnection | undefined;
        let isOver = false;
        const fail = (error: ReadbackError): void => {
          if (isOver || connection !== undefined) return;
          isOver = true;
          signal.removeEventListener("abort", abort);
          socket.close();
          reject(error);
        };
        const abort = (): void => fail(aborted());
        signal.addEventListener("abort", abort, { once: true });

        let cause: unknown;
        socket.binaryType = "arraybuffer";
        socket.addEventListener("open", () => {
          if (isOver) return;
          if (socket.protocol !== subprotocol) return fail(unreachable("speaks another protocol"));
          signal.removeEventListener("abort", abort);
          connection = new WebSocketConnection(socket, handler, { maximumBufferedBytes, closeTime });
          resolve(connection);
          // Those who wait for the promise come first, then the handler.
          queueMicrotask(() => connection?.start());
        });
        socket.addEventListener("message", (event) => connection?.onMessage(event));
        socket.addEventListener("error", (event) => {
          cause = event.error;
        });
        socket.addEventListener("close", (event) => {
          if (connection === undefined) fail(unreachable("cannot be reached", cause));
          else connection.onClose(event);
        });
      });
    },
  };
}

function openSocket(url: string, WebSocket: WebSocketConstructor): StandardWebSocket | ReadbackError {
  try {
    return new WebSocket(url, [subprotocol]);
  } catch (cause) {
    return unreachable("cannot be dialled from here", cause); // a page over https may not dial ws://, for instance
  }
}

function checkAddress(url: string | URL): string {
  let address: URL | undefined;
  try {
    address = new URL(url);
  } catch {
    // refused below, with everything else that is not an address
  }
  if (address === undefined || !/^wss?:$/.test(address.protocol) || address.hash !== "") {
    throw new ReadbackError(
      "invalid-argument",
      "A relay's address begins with wss:// or ws:// and has no fragment.",
    );
  }
  return address.href;
}

function checkCount(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ReadbackError("invalid-argument", "Sizes and times are whole numbers from 0.");
  }
}

function aborted(): ReadbackError {
  return new ReadbackError("aborted", "Connecting was aborted.");
}

function unreachable(problem: string, cause?: unknown): ReadbackError {
  return new ReadbackError("transport-failed", `The relay ${problem}.`, cause === undefined ? {} : { cause });
}
