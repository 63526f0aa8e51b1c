import type { Connection } from "@readback/core/wire";

/** One message as frames. */
interface Waiting {
  readonly frames: readonly Uint8Array[];
  readonly bytes: number;
  /** Whether it counts against the limit. */
  readonly offered: boolean;
}

/** Messages on their way to one connection, in order, one frame at a time. */
export class Outgoing {
  readonly #connection: Connection;
  readonly #limit: number;
  readonly #failed: () => void;
  #messages: Waiting[] = [];
  #bytes = 0;
  #offeredBytes = 0;
  #sending = false;
  #stopped = false;
  #listeners: { atMost: number; run: () => void }[] = [];

  /**
   * @param connection - used by nobody else for sending
   * @param limit - bytes that may wait of what nobody asked for
   * @param failed - called once if the connection does not take a frame
   */
  constructor(connection: Connection, limit: number, failed: () => void) {
    this.#connection = connection;
    this.#limit = limit;
    this.#failed = failed;
  }

  /** Queues a message that was asked for. Frames may be shared and are never changed. Ask for {@link room} before. */
  add(frames: readonly Uint8Array[]): void {
    this.#push(frames, false);
  }

  /** Queues a message that nobody asked for. False, and nothing queued, where too much of that kind waits already. */
  offer(frames: readonly Uint8Array[]): boolean {
    if (this.#offeredBytes > 0 && this.#offeredBytes + sizeOf(frames) > this.#limit) return false;
    this.#push(frames, true);
    return true;
  }

  /** Resolves when at most half of the limit waits, or when nothing will be sent any more. */
  room(): Promise<void> {
    return this.#atMost(this.#limit / 2);
  }

  /** Resolves when everything was handed on, or when nothing will be sent any more. */
  drained(): Promise<void> {
    return this.#atMost(0);
  }

  /** Forgets what waits. Nothing is sent any more. */
  stop(): void {
    this.#stopped = true;
    this.#messages = [];
    this.#bytes = 0;
    this.#notify();
  }

  #push(frames: readonly Uint8Array[], offered: boolean): void {
    if (this.#stopped) return;
    const bytes = sizeOf(frames);
    const message = { frames, bytes, offered };
    this.#bytes += bytes;
    if (offered) this.#offeredBytes += bytes;
    if (this.#sending) this.#messages.push(message);
    else void this.#send(message);
  }

  /** Sends a message, and those that come meanwhile. Most often none does: that case costs no list. */
  async #send(first: Waiting): Promise<void> {
    this.#sending = true;
    try {
      for (let batch: readonly Waiting[] = [first]; batch.length > 0; ) {
        for (const { frames, bytes, offered } of batch) {
          for (const frame of frames) await this.#connection.send(frame);
          if (this.#stopped) return;
          this.#bytes -= bytes;
          if (offered) this.#offeredBytes -= bytes;
          this.#notify();
        }
        batch = this.#messages;
        if (batch.length > 0) this.#messages = [];
      }
    } catch {
      // Why comes to the connection's handler; here it only means: no more.
      this.stop();
      this.#failed();
    } finally {
      this.#sending = false;
    }
  }

  #atMost(bytes: number): Promise<void> {
    if (this.#bytes <= bytes) return Promise.resolve();
    return new Promise((resolve) => this.#listeners.push({ atMost: bytes, run: resolve }));
  }

  #notify(): void {
    if (this.#listeners.length === 0) return;
    const ready = this.#listeners.filter(({ atMost }) => this.#bytes <= atMost);
    this.#listeners = this.#listeners.filter(({ atMost }) => this.#bytes > atMost);
    for (const { run } of ready) run();
  }
}

function sizeOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}
