/**
 * `@readback/core/wire`: what clients and relays say to each other, in the TLS presentation language, and the
 * entries of a conversation's log. Embedding applications do not need it; relays and other transports do.
 *
 * @packageDocumentation
 */
export * from "./wire/answer.ts";
export * from "./wire/entry.ts";
export * from "./wire/frame.ts";
export * from "./wire/limits.ts";
export * from "./wire/login.ts";
export * from "./wire/message.ts";
export * from "./wire/name.ts";
export * from "./wire/request.ts";
export * from "./wire/version.ts";
