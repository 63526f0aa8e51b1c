/**
 * `@readback/core/wire`: what clients and relays say to each other, in the TLS presentation language, and the
 * entries of a conversation's log, with the codec they are written in. Embedding applications do not need it; relays
 * and other transports do.
 *
 * @packageDocumentation
 */
export { compareBytes, concat, sameBytes } from "./codec/bytes.ts";
export { fromHex, hex } from "./codec/hex.ts";
export { decode, Reader } from "./codec/reader.ts";
export { fromUtf8, utf8 } from "./codec/utf8.ts";
export { encode, Writer } from "./codec/writer.ts";
export { type ErrorCode, hasCode, ReadbackError } from "./error.ts";
export type {
  Accept,
  Clock,
  CloseReason,
  Connection,
  ConnectionHandler,
  Logger,
  Random,
  Transport,
} from "./port/index.ts";
export type { AnnouncedService } from "./wire/announced-service.ts";
export * from "./wire/answer.ts";
export * from "./wire/entry.ts";
export * from "./wire/frame.ts";
export * from "./wire/limits.ts";
export * from "./wire/login.ts";
export * from "./wire/message.ts";
export * from "./wire/name.ts";
export * from "./wire/request.ts";
export * from "./wire/version.ts";
