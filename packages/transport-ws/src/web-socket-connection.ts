import {
  type CloseReason,
  type Connection,
  type ConnectionHandler,
  maximumFrameSize,
} from "@readback/core/wire";
import { OutgoingQueue } from "./outgoing-queue.ts";
import { closeCodes, reasonOf } from "./protocol.ts";
import type { StandardWebSocket, WebSocketEvent } from "./standard-web-socket.ts";

/** How a connection behaves: bytes, milliseconds. */
export interface ConnectionSettings {
  readonly maximumBufferedBytes: number;
  readonly closeTime: number;
}

/** An open WebSocket as a connection. */
export class WebSocketConnection implements Connection {
  readonly #socket: StandardWebSocket;
  readonly #handler: ConnectionHandler;
  readonly #outgoing: OutgoingQueue;
  readonly #closeTime: number;
  /** What came before the handler may be called; `undefined` from then on. */
  #early: (() => void)[] | undefined = [];
  /** Why it will have ended, once this side has decided so. */
  #ending: CloseReason | undefined;
  #giveUp: ReturnType<typeof setTimeout> | undefined;
  #hasEnded = false;
  readonly #ended: Promise<void>;
  #tellEnded: () => void = () => {};

  /** Takes over a socket that has just opened. The handler is not called before {@link WebSocketConnection.start}. */
  constructor(socket: StandardWebSocket, handler: ConnectionHandler, settings: ConnectionSettings) {
    this.#socket = socket;
    this.#handler = handler;
    this.#outgoing = new OutgoingQueue(socket, settings.maximumBufferedBytes);
    this.#closeTime = settings.closeTime;
    this.#ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
  }

  /** The handler may be called from now on: first of all for what has come already. */
  start(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const tell of early) tell();
  }

  send(frame: Uint8Array): Promise<void> {
    return this.#outgoing.send(frame);
  }

  close(): Promise<void> {
    this.#close({ kind: "local", code: closeCodes.normal });
    return this.#ended;
  }

  /** The socket's `message` event. */
  onMessage({ data }: WebSocketEvent): void {
    this.#outgoing.flush();
    this.#tell(() => {
      if (this.#ending !== undefined) return;
      const isFrame = data instanceof ArrayBuffer && data.byteLength <= maximumFrameSize;
      if (isFrame) this.#handler.onFrame(new Uint8Array(data));
      else this.#close({ kind: "failed", code: closeCodes.badFrame });
    });
  }

  /** The socket's `close` event. */
  onClose({ code = 1006 }: WebSocketEvent): void {
    this.#end(this.#ending ?? reasonOf(code));
  }

  #close(reason: CloseReason): void {
    if (this.#ending !== undefined || this.#hasEnded) return;
    this.#ending = reason;
    this.#outgoing.close();
    this.#socket.close(reason.code);
    // The closing handshake of a standard WebSocket can wait a minute for a peer that is gone.
    this.#giveUp = setTimeout(() => this.#end(reason), this.#closeTime);
  }

  #end(reason: CloseReason): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#giveUp);
    this.#outgoing.close();
    this.#tell(() => {
      this.#handler.onClose(reason);
      this.#tellEnded();
    });
  }

  #tell(tell: () => void): void {
    if (this.#early === undefined) tell();
    else this.#early.push(tell);
  }
}
