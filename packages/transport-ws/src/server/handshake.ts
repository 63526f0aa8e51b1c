import type { IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { subprotocol } from "../protocol.ts";
import type { WebSocketLimits } from "./limits.ts";

/** The HTTP status to refuse a handshake with, or `undefined` where there is nothing against it yet. */
export function findFault(request: IncomingMessage, limits: WebSocketLimits): number | undefined {
  const { rawHeaders, headers } = request;
  const size = rawHeaders.reduce((sum, part) => sum + part.length + 2, 0);
  if (rawHeaders.length / 2 > limits.headerCount || size > limits.headerSize) return 431;
  const offered = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
  if (!offered?.includes(subprotocol)) return 400;
  return undefined;
}

/** The path of a request, without its query. */
export function pathOf({ url = "/" }: IncomingMessage): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

/** Answers a handshake with an error and lets go of the socket. */
export function refuse(socket: Duplex, status: number): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
