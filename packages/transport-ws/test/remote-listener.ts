import type { TransportSubject } from "@readback/core/testing";
import {
  type Accept,
  type CloseReason,
  type ConnectionHandler,
  type ErrorCode,
  ReadbackError,
} from "@readback/core/wire";
import { webSocketTransport } from "@readback/transport-ws";
import { type RemoteMessage, read, write } from "./remote-message.ts";

type Call = RemoteMessage extends infer Message
  ? Message extends { call: number }
    ? Omit<Message, "call">
    : never
  : never;

/** A subject whose listener runs in another process, at the other end of `peer`. */
export function remoteSubject(peer: string, accept: Accept): Promise<TransportSubject> {
  const webSocket = new WebSocket(peer);
  webSocket.binaryType = "arraybuffer";
  const handlers = new Map<number, ConnectionHandler>();
  const calls = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  let lastCall = 0;
  const ask = (call: Call, frame?: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      lastCall += 1;
      calls.set(lastCall, { resolve, reject });
      webSocket.send(write({ ...call, call: lastCall }, frame));
    });
  const open = (id: number): void => {
    let isClosing = false;
    const handler = accept({
      send: (frame) => ask({ type: "send", id }, frame),
      close() {
        isClosing = true; // frames may be under way between the processes still
        return ask({ type: "close", id });
      },
    });
    handlers.set(id, {
      onFrame: (frame) => (isClosing ? undefined : handler.onFrame(frame)),
      onClose: (reason) => handler.onClose(reason),
    });
  };

  return new Promise((resolve, reject) => {
    let stopped: Promise<void> | undefined;
    const ready = (url: string): void =>
      resolve({
        transport: webSocketTransport(url),
        cut: () => ask({ type: "cut" }),
        close() {
          stopped ??= ask({ type: "stop" }).then(() => webSocket.close());
          return stopped;
        },
      });
    webSocket.onerror = () => reject(new Error("the process that listens for the page cannot be reached"));
    webSocket.onmessage = ({ data }) => {
      const [message, frame] = read(data);
      if (message.type === "ready") ready(message.url);
      else if (message.type === "opened") open(message.id);
      else if (message.type === "frame") handlers.get(message.id)?.onFrame(frame);
      else if (message.type === "closed") handlers.get(message.id)?.onClose(reasonOf(message));
      else if (message.type === "done") {
        const { call, error } = message;
        if (error === undefined) calls.get(call)?.resolve();
        else calls.get(call)?.reject(new ReadbackError(error as ErrorCode, "The other process was refused."));
        calls.delete(call);
      }
    };
  });
}

function reasonOf({ kind, code }: { kind: CloseReason["kind"]; code: number | undefined }): CloseReason {
  return code === undefined ? { kind } : { kind, code };
}
