import type { Duplex } from "node:stream";

/** Frames up to here are copied behind their header: one write of a little more is cheaper than two writes. */
const largestCopy = 4_096;

/**
 * Writes binary frames to a socket that `ws` reads from. `ws` itself would write a header and a payload each time,
 * with options to merge; this costs half, and a relay does little else. It goes well together because without
 * compression `ws` writes each of its own frames (ping, pong, close) as a whole and keeps none back.
 */
export class FrameWriter {
  readonly #socket: Duplex;
  #taken = 0;

  /** @param socket - the socket below the WebSocket */
  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes that wait to be taken by the network. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  /** Bytes that the network has taken so far; may fall by a few, since those of `ws` wait too and are not counted. */
  get handedOn(): number {
    return this.#taken - this.#socket.writableLength;
  }

  /**
   * Writes one frame of at most 65,536 bytes. Returns `undefined` where its bytes were taken and there is room for
   * more; otherwise a promise of both, which rejects where the socket ends before.
   */
  write(frame: Uint8Array): Promise<void> | undefined {
    const socket = this.#socket;
    const headerSize = sizeOfHeader(frame.length);
    const size = headerSize + frame.length;
    this.#taken += size;
    if (frame.length > largestCopy) {
      const header = Buffer.allocUnsafe(headerSize);
      writeHeader(header, frame.length);
      return new Promise((resolve, reject) => {
        socket.cork();
        socket.write(header);
        socket.write(frame, (error) => (error ? reject(error) : resolve()));
        socket.uncork();
      });
    }
    const bytes = encoded(frame, headerSize);
    if (socket.writableLength + size < socket.writableHighWaterMark) {
      socket.write(bytes);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** The frame that was encoded last, for as long as nobody could have changed it. */
let last: { readonly frame: Uint8Array; readonly bytes: Buffer } | undefined;
const settled = Promise.resolve();
const forgetLast = (): void => {
  last = undefined;
};

/**
 * A small frame behind its header. What goes to many is encoded once: frames must not change before the promise of
 * `send` has settled, which is no sooner than the microtask that forgets them here.
 */
function encoded(frame: Uint8Array, headerSize: number): Buffer {
  if (last?.frame === frame) return last.bytes;
  const bytes = Buffer.allocUnsafe(headerSize + frame.length);
  writeHeader(bytes, frame.length);
  bytes.set(frame, headerSize);
  if (last === undefined) void settled.then(forgetLast);
  last = { frame, bytes };
  return bytes;
}

function sizeOfHeader(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** RFC 6455 §5.2: a whole binary message in one frame, unmasked as servers send. */
function writeHeader(target: Buffer, length: number): void {
  target[0] = 0x82;
  if (length < 126) {
    target[1] = length;
  } else if (length < 65_536) {
    target[1] = 126;
    target.writeUInt16BE(length, 2);
  } else {
    target[1] = 127;
    target.writeUInt32BE(0, 2);
    target.writeUInt32BE(length, 6);
  }
}
