export type { Clock } from "./clock.ts";
export type { Accept } from "./listener.ts";
export type { LogEntry, Logger } from "./logger.ts";
export type { Random } from "./random.ts";
export type { Change, Entry, Expectation, ListOptions, Storage } from "./storage.ts";
export type { CloseReason, Connection, ConnectionHandler, Transport } from "./transport.ts";
