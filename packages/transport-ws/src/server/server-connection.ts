import type { Duplex } from "node:stream";
import {
  type Clock,
  type CloseReason,
  type Connection,
  type ConnectionHandler,
  maximumFrameSize,
  ReadbackError,
} from "@readback/core/wire";
import type { RawData, WebSocket } from "ws";
import { closeCodes, reasonOf } from "../protocol.ts";
import { FrameWriter } from "./frame-writer.ts";
import type { WebSocketLimits } from "./limits.ts";
import { LineWatch, type WatchedLine } from "./line-watch.ts";

/** What `send` returns where there is nothing to wait for. */
const handedOn = Promise.resolve();

/** Who wants to hear of a connection besides its handler. */
export interface ConnectionObserver {
  /** A limit ends the connection. */
  onCut(why: string): void;
  /** It has ended, and its handler was told. */
  onEnd(): void;
}

/** One client's WebSocket as a connection. There are many, and most are idle: it keeps little. */
export class ServerConnection implements Connection, WatchedLine {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #writer: FrameWriter;
  readonly #limits: WebSocketLimits;
  readonly #watch: LineWatch;
  readonly #observer: ConnectionObserver;
  #handler: ConnectionHandler | undefined;
  /** Why it will have ended, once this side has decided so. */
  #ending: CloseReason | undefined;
  #hasEnded = false;

  /** @param socket - what `webSocket` runs on */
  constructor(
    webSocket: WebSocket,
    socket: Duplex,
    limits: WebSocketLimits,
    clock: Clock,
    observer: ConnectionObserver,
  ) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
    this.#limits = limits;
    this.#observer = observer;
    this.#watch = new LineWatch(this, clock, limits);
    webSocket.binaryType = "arraybuffer";
    webSocket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    const control = (): void => this.#watch.control();
    webSocket.on("ping", control);
    webSocket.on("pong", control);
    webSocket.on("error", (error) => this.#onViolation(error));
    socket.on("data", (chunk: Uint8Array) => this.#watch.heard(chunk));
    webSocket.on("close", (code) => {
      this.#hasEnded = true;
      this.#watch.stop();
      this.#handler?.onClose(this.#ending ?? reasonOf(code));
      observer.onEnd();
    });
  }

  /** Names the handler, before anything can have come. */
  start(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  send(frame: Uint8Array): Promise<void> {
    if (frame.length > maximumFrameSize) {
      return Promise.reject(new ReadbackError("too-large", "A frame is over the limit."));
    }
    const { readyState, OPEN } = this.#webSocket;
    if (this.#ending !== undefined || readyState !== OPEN || !this.#socket.writable)
      return Promise.reject(closed());
    if (this.#writer.waiting + frame.length > this.#limits.outgoingBytes) {
      this.#cut("outgoing-bytes", closeCodes.slowReader);
      return Promise.reject(closed());
    }
    return this.#writer.write(frame)?.catch(rejectAsClosed) ?? handedOn;
  }

  close(): Promise<void> {
    return this.closeWith(closeCodes.normal);
  }

  /** Closes with another code than {@link closeCodes}`.normal`. */
  closeWith(code: number): Promise<void> {
    if (this.#ending === undefined) {
      this.#ending = { kind: "local", code };
      this.#webSocket.close(code);
    }
    if (this.#hasEnded) return Promise.resolve();
    return new Promise((resolve) => this.#webSocket.once("close", () => resolve()));
  }

  get waiting(): number {
    return this.#writer.waiting;
  }

  get handedOn(): number {
    return this.#writer.handedOn;
  }

  ping(): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping();
  }

  onSilence(): void {
    this.#ending ??= { kind: "failed", code: 1006 };
    this.#observer.onCut("silence");
    this.#webSocket.terminate();
  }

  onStuck(): void {
    this.#cut("stuck", closeCodes.slowReader);
  }

  onUnfinished(): void {
    this.#cut("frame-time", closeCodes.slowWriter);
  }

  onFlood(): void {
    this.#cut("control-frames", closeCodes.policy);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#ending !== undefined) return;
    if (isBinary) this.#handler?.onFrame(new Uint8Array(data as ArrayBuffer));
    else this.#cut("text-frame", closeCodes.notBinary);
  }

  /** `ws` closes by itself, with the code that fits. */
  #onViolation(error: Error & { code?: string }): void {
    if (this.#ending !== undefined) return;
    this.#ending = { kind: "failed" };
    this.#observer.onCut(error.code ?? "violation");
  }

  #cut(why: string, code: number): void {
    if (this.#ending !== undefined) return;
    this.#ending = { kind: "failed", code };
    this.#observer.onCut(why);
    this.#webSocket.close(code);
  }
}

function rejectAsClosed(): never {
  throw closed();
}

function closed(): ReadbackError {
  return new ReadbackError("transport-failed", "The connection is closed.");
}
