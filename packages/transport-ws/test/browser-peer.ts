/**
 * A program that listens for pages: each WebSocket to the address that it prints gets a listener of its own, and moves
 * that listener's side of every connection. Ends with its standard input.
 */
import type { AddressInfo } from "node:net";
import { type Accept, type Connection, hasCode, type ReadbackError } from "@readback/core/wire";
import { type WebSocket, WebSocketServer } from "ws";
import { startListener } from "./listener.ts";
import { type RemoteMessage, read, write } from "./remote-message.ts";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (webSocket) => void serve(webSocket));
server.on("listening", () => console.log(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.stdin.on("end", () => process.exit()).resume();

async function serve(webSocket: WebSocket): Promise<void> {
  const connections = new Map<number, Connection>();
  const tell = (message: RemoteMessage, frame?: Uint8Array) => webSocket.send(write(message, frame));
  const accept: Accept = (connection) => {
    const id = connections.size + 1;
    connections.set(id, connection);
    tell({ type: "opened", id });
    return {
      onFrame: (frame) => tell({ type: "frame", id }, frame),
      onClose: ({ kind, code }) => tell({ type: "closed", id, kind, code }),
    };
  };
  const { url, cut, close } = await startListener(accept);

  const carryOut = async (message: RemoteMessage, frame: Uint8Array): Promise<void> => {
    if (message.type === "send") await connections.get(message.id)?.send(frame);
    else if (message.type === "close") await connections.get(message.id)?.close();
    else if (message.type === "cut") cut();
    else if (message.type === "stop") await close();
  };
  webSocket.binaryType = "arraybuffer";
  webSocket.on("message", (data) => {
    const [message, frame] = read(data as ArrayBuffer);
    if (!("call" in message)) return;
    const { call } = message;
    carryOut(message, frame).then(
      () => tell({ type: "done", call, error: undefined }),
      (error: ReadbackError) =>
        tell({ type: "done", call, error: hasCode(error, error.code) ? error.code : "other" }),
    );
  });
  webSocket.on("close", () => void close());
  tell({ type: "ready", url });
}
