import { ReadbackError } from "../error.ts";
import type { CloseReason, Connection, ConnectionHandler } from "../port/index.ts";
import { maximumFrameSize } from "../wire/limits.ts";

/** What waits to be told to a handler: a frame and its sender's promise, or the end. */
type Arrival =
  | { readonly frame: Uint8Array; handedOn(): void; lost(error: ReadbackError): void }
  | { readonly reason: CloseReason };

/** One end of a connection within this process. Everything is told in microtasks: it needs no timer. */
export class MemoryConnection implements Connection {
  #peer!: MemoryConnection;
  #handler: ConnectionHandler | undefined;
  #arrivals: Arrival[] = [];
  #telling = false;
  #isOpen = true;
  readonly #closed: Promise<void>;
  #hasClosed: () => void = () => {};

  private constructor() {
    this.#closed = new Promise((resolve) => {
      this.#hasClosed = resolve;
    });
  }

  /** Both ends of a new connection. Neither tells anything before {@link MemoryConnection.start}. */
  static pair(): [MemoryConnection, MemoryConnection] {
    const [here, there] = [new MemoryConnection(), new MemoryConnection()];
    here.#peer = there;
    there.#peer = here;
    return [here, there];
  }

  /** From now on `handler` is told what arrives, beginning with what has arrived. */
  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#tell();
  }

  send(frame: Uint8Array): Promise<void> {
    if (frame.length > maximumFrameSize) {
      return Promise.reject(new ReadbackError("too-large", "A frame is over the limit."));
    }
    if (!this.#isOpen || !this.#peer.#isOpen) return Promise.reject(gone());
    const copy = new Uint8Array(frame);
    return new Promise((handedOn, lost) => this.#peer.#arrive({ frame: copy, handedOn, lost }));
  }

  close(): Promise<void> {
    if (this.#isOpen) {
      this.#end({ kind: "local" });
      if (this.#peer.#isOpen) this.#peer.#arrive({ reason: { kind: "remote" } });
    }
    return this.#closed;
  }

  /** Ends both sides as a broken line does: what is under way is lost. */
  cut(): void {
    for (const end of [this, this.#peer]) if (end.#isOpen) end.#end({ kind: "failed" });
  }

  /** Resolves once the end was told. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  #end(reason: CloseReason): void {
    this.#isOpen = false;
    this.#drop();
    this.#arrive({ reason });
  }

  #arrive(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#tell();
  }

  #tell(): void {
    if (this.#handler === undefined || this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      const arrival = this.#arrivals.shift();
      if (arrival === undefined || this.#handler === undefined) return;
      if ("frame" in arrival) {
        this.#handler.onFrame(arrival.frame);
        arrival.handedOn();
        this.#tell();
      } else {
        this.#isOpen = false;
        this.#drop();
        this.#handler.onClose(arrival.reason);
        this.#hasClosed();
      }
    });
  }

  #drop(): void {
    for (const arrival of this.#arrivals) if ("frame" in arrival) arrival.lost(gone());
    this.#arrivals = [];
  }
}

function gone(): ReadbackError {
  return new ReadbackError("transport-failed", "The connection is closed.");
}
