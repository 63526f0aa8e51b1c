import type { Connection, ConnectionHandler } from "./transport.ts";

/**
 * Takes over a connection that somebody opened to this side, and returns what it is to call. A listener calls it once
 * for each connection, before that connection's first frame. It returns at once and never throws; it may send, and
 * close what it does not want.
 *
 * @param connection - as a transport gives it
 * @param origin - where it comes from, for counting only: an address without its port, for instance; `undefined` where
 * that says nothing
 */
export type Accept = (connection: Connection, origin?: string) => ConnectionHandler;
