/**
 * Client storage in one SQLite file, on the `node:sqlite` that Node, Deno and Bun bring along.
 *
 * ```ts
 * import { sqliteStorage } from "@readback/storage-sqlite";
 *
 * const storage = sqliteStorage("readback.db");
 * await storage.write([{ put: "greeting/1", value: Uint8Array.of(72, 105) }]);
 * await storage.close();
 * ```
 *
 * Give it to `createClient` and leave the rest to the client. A file has one owner at a time: whoever opens it second,
 * in this process or another, gets the code `storage-locked` at once. The owner's end frees it, however it ends.
 *
 * A write that resolved survives a crash and a power cut (write-ahead log, `synchronous=FULL`). What a write removed or
 * replaced is overwritten in the file, and cut off the log within a second. An SSD may keep old blocks in its
 * reserve; that is why the client seals everything before it gets here.
 *
 * @packageDocumentation
 */
export { sqliteStorage } from "./sqlite-storage.ts";
