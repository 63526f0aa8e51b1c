import type { CloseReason } from "@readback/core/wire";

/** The WebSocket subprotocol that both sides must name in the handshake. */
export const subprotocol = "readback.v1";

/**
 * Why a connection was closed, on the wire. After each of them a client may dial again and go on where it was; those
 * from 4000 on are our own, the others those of RFC 6455 §7.4.1.
 *
 * | code | who | meaning |
 * |---|---|---|
 * | 1000 | both | closed on purpose |
 * | 1001 | server | it is shutting down, or restarting |
 * | 1002 | server | not WebSocket as RFC 6455 defines it |
 * | 1003 | server | a text frame: there are none in this protocol |
 * | 1008 | server | too many fragments, too many small pieces, or too many pings |
 * | 1009 | server | a frame over 65,536 bytes |
 * | 4000 | server | the client takes too slowly what it is sent |
 * | 4001 | server | a frame did not come to its end in time |
 * | 4002 | client | the server sent a text frame, or one over 65,536 bytes |
 */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  notBinary: 1003,
  policy: 1008,
  slowReader: 4000,
  slowWriter: 4001,
  badFrame: 4002,
} as const;

/** Codes that stand for a broken line or a broken rule: RFC 6455 §7.4.1. */
const failures: ReadonlySet<number> = new Set([1002, 1003, 1006, 1007, 1008, 1009, 1010, 1015]);

/** Why a connection ended that this side did not close. */
export function reasonOf(code: number): CloseReason {
  return { kind: failures.has(code) ? "failed" : "remote", code };
}
