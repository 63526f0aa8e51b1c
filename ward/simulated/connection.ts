import {
  type CloseReason,
  type Connection,
  type ConnectionHandler,
  ReadbackError,
} from "@readback/core/wire";
import type { Scheduler } from "../kernel/scheduler.ts";
import { copied } from "../kernel/slab.ts";

/** Frames of one direction that may be on their way before a sender has to wait. */
const window = 32;
const maximumFrameSize = 65_536;

/** One direction of a connection: frames in the order sent, each after a while. */
class Pipe {
  readonly #scheduler: Scheduler;
  readonly #latency: () => number;
  /** What arrives, by what keeps it from arriving. */
  readonly #under = new Map<() => void, () => void>();
  #last = 0;
  #backlog: (() => void)[] | undefined;
  #waiting: (() => void)[] = [];
  #isBroken = false;

  constructor(scheduler: Scheduler, latency: () => number) {
    this.#scheduler = scheduler;
    this.#latency = latency;
  }

  /** Frames that were sent and have not arrived. */
  get size(): number {
    return this.#under.size + (this.#backlog?.length ?? 0);
  }

  /** Lets `arrive` happen after everything sent before. Resolves when there is room for more. */
  send(kind: "frame" | "connection", arrive: () => void): Promise<void> {
    const go = (): void => {
      this.#last = Math.max(this.#last, this.#scheduler.now + this.#latency());
      this.#carry(kind, arrive);
    };
    if (this.#backlog === undefined) go();
    else this.#backlog.push(go);
    if (this.size < window) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #carry(kind: "frame" | "connection", arrive: () => void): void {
    const cancel = this.#scheduler.at(this.#last, kind, () => {
      this.#under.delete(cancel);
      if (this.#under.size < window) for (const resume of this.#waiting.splice(0)) resume();
      arrive();
    });
    this.#under.set(cancel, arrive);
  }

  /** Nothing that is sent from now on arrives before `resume`. */
  stall(): void {
    this.#backlog ??= [];
  }

  resume(): void {
    // What has lost frames must carry none after them: those of one connection arrive in order, or not at all.
    if (this.#isBroken) return;
    const backlog = this.#backlog ?? [];
    this.#backlog = undefined;
    for (const go of backlog) go();
  }

  /**
   * Nothing more gets through.
   *
   * @param late - milliseconds until what is on its way arrives; `undefined` where it is lost
   */
  break(late: number | undefined): void {
    if (late !== undefined) this.resume();
    this.#isBroken = true;
    const under = [...this.#under];
    this.#under.clear();
    for (const [cancel] of under) cancel();
    if (late !== undefined) {
      this.#last = Math.max(this.#last, this.#scheduler.now + late);
      for (const [, arrive] of under) this.#carry("frame", arrive);
    }
    this.#backlog = [];
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

/** One end of a simulated connection. */
class End implements Connection {
  readonly #scheduler: Scheduler;
  readonly #out: Pipe;
  peer!: End;
  #handler: ConnectionHandler | undefined;
  #isOpen = true;
  #isDead = false;
  #onClosed: (() => void)[] = [];
  #hasClosed = false;

  constructor(scheduler: Scheduler, out: Pipe) {
    this.#scheduler = scheduler;
    this.#out = out;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(frame: Uint8Array): Promise<void> {
    if (frame.length > maximumFrameSize)
      return Promise.reject(new ReadbackError("too-large", "A frame is over the limit."));
    if (!this.#isOpen)
      return Promise.reject(new ReadbackError("transport-failed", "The connection is closed."));
    const copy = copied(frame);
    return this.#out.send("frame", () => this.peer.take(copy));
  }

  close(): Promise<void> {
    if (this.#isOpen) {
      this.#isOpen = false;
      void this.#out.send("connection", () => this.peer.end({ kind: "remote" }));
      this.#scheduler.after(0.01, "connection", () => this.#tell({ kind: "local" }));
    }
    if (this.#hasClosed) return Promise.resolve();
    return new Promise((resolve) => this.#onClosed.push(resolve));
  }

  take(frame: Uint8Array): void {
    if (this.#isOpen) this.#handler?.onFrame(frame);
  }

  /** The other side or the network has ended it. */
  end(reason: CloseReason): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#tell(reason);
  }

  /** Its process is gone and hears nothing any more. */
  die(): void {
    this.#isDead = true;
    this.#isOpen = false;
    this.#onClosed = [];
  }

  #tell(reason: CloseReason): void {
    if (this.#isDead || this.#hasClosed) return;
    this.#hasClosed = true;
    this.#handler?.onClose(reason);
    for (const resolve of this.#onClosed.splice(0)) resolve();
  }
}

/** A connection between a device and the relay, and everything that can happen to it. */
export class SimulatedConnection {
  readonly #scheduler: Scheduler;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly near: End;
  readonly far: End;

  /** @param latency - milliseconds for the next frame of either direction */
  constructor(scheduler: Scheduler, latency: () => number) {
    this.#scheduler = scheduler;
    this.#up = new Pipe(scheduler, latency);
    this.#down = new Pipe(scheduler, latency);
    this.near = new End(scheduler, this.#up);
    this.far = new End(scheduler, this.#down);
    this.near.peer = this.far;
    this.far.peer = this.near;
  }

  /** Frames that wait in the fuller direction, while both sides believe in it. */
  get backlog(): number {
    return this.near.isOpen && this.far.isOpen ? Math.max(this.#up.size, this.#down.size) : 0;
  }

  /** Whether either side still believes in it. */
  get isOpen(): boolean {
    return this.near.isOpen || this.far.isOpen;
  }

  /** Frames of one direction, or of both, do not arrive for now. */
  stall(direction: "up" | "down" | "both"): void {
    if (direction !== "down") this.#up.stall();
    if (direction !== "up") this.#down.stall();
  }

  resume(): void {
    this.#up.resume();
    this.#down.resume();
  }

  /**
   * The line breaks, and each side finds out after a while. Until then it sends into nothing, as over a half-open
   * connection.
   *
   * @param late - milliseconds until what is under way arrives; `undefined` where it is lost
   */
  cut(near: number, far: number, late?: number): void {
    this.#break(late);
    this.#scheduler.after(near, "connection", () => this.near.end({ kind: "failed" }));
    this.#scheduler.after(far, "connection", () => this.far.end({ kind: "failed" }));
  }

  /** The process of one side ends without a word. What its machine has sent may arrive still: see {@link cut}. */
  kill(side: "near" | "far", othersDelay: number, late?: number): void {
    this[side].die();
    const other = side === "near" ? this.far : this.near;
    this.#break(late);
    this.#scheduler.after(othersDelay, "connection", () => other.end({ kind: "failed" }));
  }

  #break(late: number | undefined): void {
    for (const pipe of [this.#up, this.#down]) pipe.break(late);
  }
}
