import { maximumFrameSize, ReadbackError } from "@readback/core/wire";
import type { StandardWebSocket } from "./standard-web-socket.ts";

/** The `readyState` of an open WebSocket. */
const open = 1;

/** Milliseconds between two looks at the buffer, while it is full: at first, and at most. */
const shortestLook = 1;
const longestLook = 32;

interface WaitingFrame {
  readonly frame: Uint8Array;
  handedOn(): void;
  failed(error: ReadbackError): void;
}

/**
 * Hands frames to a WebSocket as fast as it takes them. The standard has no event for "there is room again", so while
 * frames wait a timer looks at the buffer, more and more rarely as long as nothing moves.
 */
export class OutgoingQueue {
  readonly #socket: StandardWebSocket;
  readonly #limit: number;
  #waiting: WaitingFrame[] = [];
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delay = shortestLook;
  #lastBuffered = 0;

  /** @param limit - bytes that may wait within the WebSocket; one frame may always */
  constructor(socket: StandardWebSocket, limit: number) {
    this.#socket = socket;
    this.#limit = limit;
  }

  /** See `Connection.send`. */
  send(frame: Uint8Array): Promise<void> {
    if (frame.length > maximumFrameSize) {
      return Promise.reject(new ReadbackError("too-large", "A frame is over the limit."));
    }
    // A standard socket that closes takes frames without a word and drops them.
    if (this.#isClosed || this.#socket.readyState !== open) return Promise.reject(closed());
    if (this.#waiting.length === 0 && this.#hasRoom(frame)) {
      this.#handOn(frame);
      return Promise.resolve();
    }
    return new Promise((handedOn, failed) => {
      this.#waiting.push({ frame, handedOn, failed });
      this.#timer ??= setTimeout(this.#look, this.#delay);
    });
  }

  /** Hands on what there is room for now. */
  flush(): void {
    if (this.#waiting.length > 0) this.#look();
  }

  /** Takes nothing more; what waits is rejected. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { failed } of waiting) failed(closed());
  }

  readonly #look = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#socket.readyState !== open) return; // its `close` event follows
    let count = 0;
    for (const { frame, handedOn } of this.#waiting) {
      if (!this.#hasRoom(frame)) break;
      this.#handOn(frame);
      handedOn();
      count += 1;
    }
    this.#waiting.splice(0, count);
    if (this.#waiting.length === 0) return;
    const buffered = this.#buffered;
    const moves = count > 0 || buffered < this.#lastBuffered;
    this.#lastBuffered = buffered;
    this.#delay = moves ? shortestLook : Math.min(2 * this.#delay, longestLook);
    this.#timer = setTimeout(this.#look, this.#delay);
  };

  get #buffered(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  #hasRoom(frame: Uint8Array): boolean {
    const buffered = this.#buffered;
    return buffered === 0 || buffered + frame.length <= this.#limit;
  }

  #handOn(frame: Uint8Array): void {
    this.#socket.send(frame as Uint8Array<ArrayBuffer>);
  }
}

function closed(): ReadbackError {
  return new ReadbackError("transport-failed", "The connection is closed.");
}
