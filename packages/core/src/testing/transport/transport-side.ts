import type { CloseReason, Connection, ConnectionHandler } from "../../port/index.ts";

/**
 * One side of a connection as a case sees it: everything its handler was told, in order. Handlers that break the
 * contract are noted, not thrown: the transport that calls would have to bear it.
 */
export class TransportSide implements ConnectionHandler {
  /** The frames so far. */
  readonly frames: Uint8Array[] = [];
  /** How it ended; pending while it is open. */
  readonly closed: Promise<CloseReason>;
  /** What was told against the contract. */
  readonly faults: string[] = [];
  /** Is told each frame, within `onFrame`. */
  react: (frame: Uint8Array) => void = () => {};
  /** Is called within `onClose`. */
  reactToEnd: () => void = () => {};
  #connection: Connection | undefined;
  #read = 0;
  #closes = 0;
  #waiting: ((frame: Uint8Array) => void)[] = [];
  #hasClosed: (reason: CloseReason) => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#hasClosed = resolve;
    });
  }

  /** Set as soon as it is known. */
  get connection(): Connection {
    if (this.#connection === undefined) throw new Error("expected the connection to be open");
    return this.#connection;
  }

  set connection(connection: Connection) {
    this.#connection = connection;
  }

  /** Whether `onClose` was called. */
  get isClosed(): boolean {
    return this.#closes > 0;
  }

  /** The first frame that was not asked for yet. */
  next(): Promise<Uint8Array> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#handOut();
    });
  }

  onFrame(frame: Uint8Array): void {
    if (this.isClosed) this.faults.push("a frame after onClose");
    this.frames.push(frame);
    this.react(frame);
    this.#handOut();
  }

  onClose(reason: CloseReason): void {
    if (this.isClosed) this.faults.push("onClose twice");
    this.#closes += 1;
    this.reactToEnd();
    this.#hasClosed(reason);
  }

  #handOut(): void {
    while (this.#waiting.length > 0 && this.#read < this.frames.length) {
      this.#waiting.shift()?.(this.frames[this.#read] as Uint8Array);
      this.#read += 1;
    }
  }
}
