import type { Clock } from "@readback/core/wire";
import { FrameProgress } from "./frame-progress.ts";
import type { WebSocketLimits } from "./limits.ts";

/** What a {@link LineWatch} looks at, and tells. */
export interface WatchedLine {
  /** Bytes that wait to be sent. */
  readonly waiting: number;
  /** Bytes that were handed to the network so far. */
  readonly handedOn: number;
  ping(): void;
  /** Nothing came for too long: the other side is gone. */
  onSilence(): void;
  /** It sends, yet reads nothing. */
  onStuck(): void;
  /** A frame does not come to its end. */
  onUnfinished(): void;
  /** Too many pings and pongs. */
  onFlood(): void;
}

/** Watches over one connection's time. */
export class LineWatch {
  readonly #line: WatchedLine;
  readonly #clock: Clock;
  readonly #limits: WebSocketLimits;
  readonly #progress = new FrameProgress();
  #heardAt: number;
  #movedAt: number;
  #handedOn = 0;
  #cancelTick: () => void = () => {};
  #cancelFrame: (() => void) | undefined;
  #watchedFrame = -1;
  #second = 0;
  #controlFrames = 0;

  /** Begins to watch. */
  constructor(line: WatchedLine, clock: Clock, limits: WebSocketLimits) {
    this.#line = line;
    this.#clock = clock;
    this.#limits = limits;
    this.#heardAt = clock.now();
    this.#movedAt = this.#heardAt;
    this.#wakeAt(this.#heardAt + limits.pingTime);
  }

  /** Bytes came. */
  heard(chunk: Uint8Array): void {
    const now = this.#clock.now();
    this.#heardAt = now;
    this.#progress.push(chunk);
    const { finished, isUnderWay } = this.#progress;
    if (this.#cancelFrame !== undefined && (!isUnderWay || finished !== this.#watchedFrame)) {
      this.#cancelFrame();
      this.#cancelFrame = undefined;
    }
    if (isUnderWay && this.#cancelFrame === undefined) {
      this.#watchedFrame = finished;
      this.#watchFrame(now, now + this.#limits.frameTime);
    }
  }

  /** A ping or a pong came. */
  control(): void {
    const second = Math.floor(this.#clock.now() / 1_000);
    if (second !== this.#second) this.#controlFrames = 0;
    this.#second = second;
    this.#controlFrames += 1;
    if (this.#controlFrames > this.#limits.controlFrames) this.#line.onFlood();
  }

  /** Watches no more. */
  stop(): void {
    this.#cancelTick();
    this.#cancelFrame?.();
  }

  #wakeAt(at: number): void {
    this.#cancelTick = this.#clock.wake(at, () => this.#tick());
  }

  #tick(): void {
    const { pingTime, deadTime } = this.#limits;
    const now = this.#clock.now();
    const line = this.#line;
    if (line.waiting === 0 || line.handedOn > this.#handedOn) this.#movedAt = now;
    this.#handedOn = line.handedOn;
    if (now - this.#heardAt >= deadTime) line.onSilence();
    else if (now - this.#movedAt >= deadTime) line.onStuck();
    else {
      if (now - this.#heardAt >= pingTime) line.ping();
      this.#wakeAt(Math.min(now + pingTime, this.#heardAt + deadTime));
    }
  }

  #watchFrame(startedAt: number, at: number): void {
    this.#cancelFrame = this.#clock.wake(at, () => {
      const { frameTime, readRate } = this.#limits;
      const due = startedAt + frameTime + (this.#progress.bytes / readRate) * 1_000;
      if (this.#clock.now() >= due) this.#line.onUnfinished();
      else this.#watchFrame(startedAt, due);
    });
  }
}
