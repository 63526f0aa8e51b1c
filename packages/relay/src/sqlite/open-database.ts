import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type ErrorCode, ReadbackError } from "@readback/core/wire";
import { schema, schemaVersion } from "./schema.ts";

/** Older versions can damage a database in WAL mode: https://www.sqlite.org/wal.html#walresetbug */
const oldestVersion = [3, 51, 3];

/**
 * Opens the file, or makes it (mode 0600), for this process alone: every commit is on the disk before it counts, and what is
 * deleted is overwritten. Throws `storage-unsupported`, `storage-locked`, `storage-damaged` or `storage-failed`.
 *
 * @param version - of SQLite; it is asked where this is left out
 */
export function openDatabase(path: string, version?: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ":memory:") createPrivately(path);
    database = new DatabaseSync(path);
    checkVersion(version ?? readText(database, "SELECT sqlite_version() AS value"));
    database.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON");
    const mode = readText(database, "PRAGMA journal_mode = WAL");
    // A database in memory has no WAL and needs none.
    if (mode !== "wal" && mode !== "memory") {
      throw new ReadbackError("storage-unsupported", "The database cannot use a write-ahead log here.");
    }
    database.exec("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY");
    // 32 MiB: pages that are written again and again reach the database file once.
    database.exec("PRAGMA wal_autocheckpoint = 8192");
    // The first write takes the lock that `locking_mode` then keeps.
    database.exec("BEGIN IMMEDIATE");
    createTables(database);
    database.exec("COMMIT");
    return database;
  } catch (error) {
    if (database?.isOpen) database.close();
    throw storageError(error);
  }
}

/**
 * Makes the file for its owner alone, since the key that signs logs is in it; SQLite gives its log the same mode. A file
 * that is there already is not opened: closing it again would drop the locks of this process.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It is there already, or cannot be made: SQLite says so better.
  }
}

/** Throws `storage-unsupported` for versions of SQLite that must not be used. */
export function checkVersion(version: string): void {
  const parts = version.split(".").map(Number);
  for (const [index, oldest] of oldestVersion.entries()) {
    const part = parts[index] ?? 0;
    if (part > oldest) return;
    if (part < oldest) {
      throw new ReadbackError("storage-unsupported", "This SQLite is older than 3.51.3 and may damage data.");
    }
  }
}

/** An error of SQLite as a `ReadbackError` of a `storage-…` code; any other error as it is. */
export function storageError(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  // The low byte is the primary result code: https://www.sqlite.org/rescode.html
  const [code, message] = meanings[error.errcode & 0xff] ?? ["storage-failed", "The database failed."];
  return new ReadbackError(code, message, { cause: error });
}

const meanings: Readonly<Record<number, [ErrorCode, string]>> = {
  5: ["storage-locked", "Another process holds the database."],
  6: ["storage-locked", "Another process holds the database."],
  11: ["storage-damaged", "The database is damaged."],
  13: ["storage-full", "There is no room left for the database."],
  14: ["storage-failed", "The database file cannot be opened."],
  26: ["storage-damaged", "The file is no database."],
};

function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}

function createTables(database: DatabaseSync): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (version === schemaVersion) return;
  if (version !== 0) {
    throw new ReadbackError("storage-unsupported", "The database was made by another version of the relay.");
  }
  database.exec(`${schema} PRAGMA user_version = ${schemaVersion}`);
}

function readText(database: DatabaseSync, sql: string): string {
  return String(Object.values(database.prepare(sql).get() ?? {})[0]);
}
