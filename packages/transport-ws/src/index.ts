/**
 * The transport over WebSocket, for every runtime that has the standard `WebSocket`.
 *
 * ```ts
 * import { webSocketTransport } from "@readback/transport-ws";
 *
 * const transport = webSocketTransport("wss://relay.example.org");
 * ```
 *
 * Give it to `createClient`. Where there is no global `WebSocket`, pass a class that keeps the standard, such as that
 * of the package `ws`: `webSocketTransport(url, { WebSocket })`. The other end is `@readback/transport-ws/server`.
 *
 * @packageDocumentation
 */
export { closeCodes } from "./protocol.ts";
export type { StandardWebSocket, WebSocketConstructor, WebSocketEvent } from "./standard-web-socket.ts";
export { type WebSocketTransportOptions, webSocketTransport } from "./web-socket-transport.ts";
