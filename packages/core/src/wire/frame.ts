import { ReadbackError } from "../error.ts";
import { maximumFrameSize } from "./limits.ts";

const last = 0;
const more = 1;

/**
 * Splits one message into frames that every transport carries. Each begins with a continuation byte: 1 where more
 * frames of this message follow, 0 on the last.
 */
export function splitMessage(message: Uint8Array, frameSize: number = maximumFrameSize): Uint8Array[] {
  const room = frameSize - 1;
  const frames: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < message.length; at += room) {
    const part = message.subarray(at, at + room);
    const frame = new Uint8Array(part.length + 1);
    frame[0] = at + room < message.length ? more : last;
    frame.set(part, 1);
    frames.push(frame);
  }
  return frames;
}

/** Puts messages together again, one connection's frames in order. Holds at most `limit` bytes. */
export class FrameAssembler {
  #parts: Uint8Array[] = [];
  #size = 0;
  /** Bytes of one message at most. May be raised once the peer has proved who it is. */
  limit: number;

  /** @param limit - bytes of one message at most */
  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * Takes one frame. Returns the message that it completes, or `undefined` while more frames are to come.
   * Throws `malformed` on a bad frame and `too-large` on a message over the limit; the connection must then be closed.
   */
  push(frame: Uint8Array): Uint8Array | undefined {
    const continuation = frame[0];
    if (continuation !== last && continuation !== more) {
      throw new ReadbackError("malformed", "A frame has no valid continuation byte.");
    }
    // An unfinished frame without content would let a peer send frames for ever without reaching the limit.
    if (continuation === more && frame.length === 1)
      throw new ReadbackError("malformed", "An unfinished frame is empty.");
    this.#size += frame.length - 1;
    if (this.#size > this.limit) throw new ReadbackError("too-large", "A message is over the limit.");
    const part = frame.subarray(1);
    if (continuation === more) {
      this.#parts.push(part);
      return undefined;
    }
    if (this.#parts.length === 0) {
      this.#size = 0;
      return part;
    }
    const message = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of [...this.#parts, part]) {
      message.set(piece, at);
      at += piece.length;
    }
    this.#parts = [];
    this.#size = 0;
    return message;
  }
}
