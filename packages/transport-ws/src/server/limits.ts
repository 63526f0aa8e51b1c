import { ReadbackError } from "@readback/core/wire";

/** What a WebSocket listener allows besides frames of 65,536 bytes at most. Sizes in bytes, times in milliseconds. */
export interface WebSocketLimits {
  /** From the arrival of a TCP connection to its whole handshake request, TLS included. */
  readonly handshakeTime: number;
  /** TCP connections without a whole request yet: all together, and from one address. */
  readonly handshakes: number;
  readonly handshakesPerAddress: number;
  /** The header lines of a handshake request: their bytes and their number. */
  readonly headerSize: number;
  readonly headerCount: number;
  /** Open WebSockets: all together, and from one address. A hospital often is one address. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Fragments of one frame. */
  readonly fragments: number;
  /** Pieces, as the network delivers them, of one fragment. The default fits those of 256 bytes. */
  readonly pieces: number;
  /** From a frame's first byte to its last; longer by one second for each `readRate` bytes that have come. */
  readonly frameTime: number;
  readonly readRate: number;
  /** Pings and pongs in one second. */
  readonly controlFrames: number;
  /** What may wait to be sent on one connection. */
  readonly outgoingBytes: number;
  /** A connection that is silent for `pingTime` is pinged; silent, or unwilling to read, for `deadTime` it is cut. */
  readonly pingTime: number;
  readonly deadTime: number;
  /** What a closing handshake may take. */
  readonly closeTime: number;
}

/** Limits for listeners that face the internet. */
export const defaultWebSocketLimits: WebSocketLimits = {
  handshakeTime: 5_000,
  handshakes: 1_000,
  handshakesPerAddress: 100,
  headerSize: 8_192,
  headerCount: 32,
  connections: 20_000,
  connectionsPerAddress: 5_000,
  fragments: 16,
  pieces: 256,
  frameTime: 10_000,
  readRate: 1_024,
  controlFrames: 10,
  outgoingBytes: 1_048_576,
  pingTime: 25_000,
  deadTime: 60_000,
  closeTime: 5_000,
};

/** The limits to work with. Throws `invalid-argument` unless each is a whole number from 1. */
export function completeLimits(limits: Partial<WebSocketLimits> = {}): WebSocketLimits {
  const complete = { ...defaultWebSocketLimits, ...limits };
  for (const value of Object.values(complete)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ReadbackError(
        "invalid-argument",
        "Every limit of a WebSocket listener is a whole number from 1.",
      );
    }
  }
  return complete;
}
