/**
 * The listening side of the transport over WebSocket, for Node: it hands connections to a relay, and holds whoever
 * comes to limits.
 *
 * ```ts
 * import { serveWebSocket } from "@readback/transport-ws/server";
 *
 * const listener = await serveWebSocket({
 *   port: 0,
 *   accept: (connection) => ({
 *     onFrame: (frame) => void connection.send(frame),
 *     onClose: () => {},
 *   }),
 * });
 * await listener.close();
 * ```
 *
 * A relay's `accept` goes where this one answers with what it hears. Clients dial with `@readback/transport-ws`.
 * Without `server` there is no TLS: let a proxy do that, or pass an `https.Server`.
 *
 * @packageDocumentation
 */
export { closeCodes } from "./protocol.ts";
export { defaultWebSocketLimits, type WebSocketLimits } from "./server/limits.ts";
export {
  type ServeWebSocketOptions,
  serveWebSocket,
  type WebSocketListener,
} from "./server/serve-web-socket.ts";
