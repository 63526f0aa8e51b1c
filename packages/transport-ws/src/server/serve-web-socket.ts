import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type Accept, type Clock, type Logger, maximumFrameSize, ReadbackError } from "@readback/core/wire";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { closeCodes, subprotocol } from "../protocol.ts";
import { AddressCount, networkOf } from "./address-count.ts";
import { FrontDoor } from "./front-door.ts";
import { findFault, pathOf, refuse } from "./handshake.ts";
import { completeLimits, type WebSocketLimits } from "./limits.ts";
import { ServerConnection } from "./server-connection.ts";
import { steadyClock } from "./steady-clock.ts";

/** What {@link serveWebSocket} takes: `accept`, and either a `port` or a `server`. */
export interface ServeWebSocketOptions {
  /** Takes over every connection, a relay's `accept` for instance. */
  readonly accept: Accept;
  /** The TCP port to listen on, without TLS; 0 for any that is free. */
  readonly port?: number;
  /** The address to listen on. Default: `127.0.0.1`, for a proxy on this machine that does the TLS. */
  readonly host?: string;
  /** A server to share instead, with TLS for instance. It stays open when the listener closes. */
  readonly server?: Server;
  /** The only path that is served, such as `/relay`. Default: every path. */
  readonly path?: string;
  /** What differs from {@link defaultWebSocketLimits}. */
  readonly limits?: Partial<WebSocketLimits>;
  /**
   * Where a request comes from, for counting. Give it behind a proxy, where every TCP connection comes from the proxy:
   * it reads the header that the proxy sets. Default: the other end of the TCP connection.
   */
  readonly addressOf?: (request: IncomingMessage) => string | undefined;
  /** Default: silence. */
  readonly logger?: Logger;
  /** Default: a clock that does not jump when somebody sets the machine's. */
  readonly clock?: Clock;
}

/** A listener that runs. */
export interface WebSocketListener {
  /** The TCP port, unless the server was shared. */
  readonly port: number | undefined;
  /** WebSockets that are open. */
  readonly connections: number;
  /** Takes no more connections, closes those there are with 1001, and resolves when all have ended. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens for WebSockets and hands each to `accept`. Resolves once it listens. Rejects with `transport-failed` where
 * the port cannot be had, and with `invalid-argument` for limits and ports that are none.
 */
export async function serveWebSocket(options: ServeWebSocketOptions): Promise<WebSocketListener> {
  const { port, host = "127.0.0.1", path, addressOf, logger = () => {}, clock = steadyClock } = options;
  if ((port === undefined) === (options.server === undefined)) {
    throw new ReadbackError("invalid-argument", "A listener takes either a port or a server.");
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw new ReadbackError("invalid-argument", "A port is a whole number from 0 to 65535.");
  }
  const limits = completeLimits(options.limits);
  const server = options.server ?? createOwnServer(limits);
  const connections = new Set<ServerConnection>();
  const count = new AddressCount(limits.connections, limits.connectionsPerAddress);
  const onRefused = (reason: string): void =>
    logger({ level: "info", event: "connection-refused", details: { reason } });
  const onCut = (reason: string): void =>
    logger({ level: "info", event: "connection-cut", details: { reason } });
  const door = new FrontDoor(server, limits, clock, addressOf !== undefined, onRefused);
  const webSockets = new WebSocketServer(webSocketOptions(limits));

  const open = (
    webSocket: WebSocket,
    socket: Duplex,
    origin: string | undefined,
    release: () => void,
  ): void => {
    const onEnd = (): void => {
      connections.delete(connection);
      release();
    };
    const connection = new ServerConnection(webSocket, socket, limits, clock, { onCut, onEnd });
    connections.add(connection);
    connection.start(options.accept(connection, origin));
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const isOurs = path === undefined || pathOf(request) === path;
    if (!isOurs && server.listenerCount("upgrade") > 1) return; // somebody else's
    door.leave(socket);
    const fault = isOurs ? findFault(request, limits) : 404;
    if (fault !== undefined) {
      onRefused("handshake");
      refuse(socket, fault);
      return;
    }
    const origin = networkOf(addressOf ? addressOf(request) : request.socket.remoteAddress);
    const release = count.take(origin);
    if (typeof release === "string") {
      onRefused(`connections-${release}`);
      refuse(socket, release === "address" ? 429 : 503);
      return;
    }
    let isOpen = false;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      isOpen = true;
      open(webSocket, socket, origin, release);
    });
    if (!isOpen) release(); // `ws` found another fault and has answered
  };

  server.on("upgrade", onUpgrade);
  if (port !== undefined) {
    await listen(server, port, host);
    // Running out of file descriptors must not end the process: those who are connected stay so.
    server.on("error", () => logger({ level: "error", event: "listener-failed" }));
  }

  const close = async (): Promise<void> => {
    server.off("upgrade", onUpgrade);
    door.close();
    const stopped = port === undefined ? undefined : new Promise((resolve) => server.close(resolve));
    await Promise.all([...connections].map((connection) => connection.closeWith(closeCodes.goingAway)));
    if (port !== undefined) server.closeAllConnections();
    await stopped;
  };
  let closing: Promise<void> | undefined;
  return {
    port: port === undefined ? undefined : (server.address() as AddressInfo).port,
    get connections() {
      return connections.size;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** A server that answers WebSocket handshakes and nothing else. */
function createOwnServer({ headerSize }: WebSocketLimits): Server {
  return createServer({ maxHeaderSize: headerSize }, (_request, response) => {
    response.writeHead(426, { Connection: "close", Upgrade: "websocket" }).end();
  });
}

function webSocketOptions(limits: WebSocketLimits): ServerOptions {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maximumFrameSize,
    maxFragments: limits.fragments,
    maxBufferedChunks: limits.pieces,
    closeTimeout: limits.closeTime,
    handleProtocols: () => subprotocol,
  };
  return options;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new ReadbackError("transport-failed", "The port cannot be listened on.", { cause }));
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      resolve();
    });
  });
}
