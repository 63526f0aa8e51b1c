import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ReadbackError } from "@readback/core/storage";
import { asStorageFailure } from "./failure.ts";

/** "RdBk", in the header of each file. */
const applicationId = 0x5264426b;
const formatVersion = 1;

// Key order is byte order (BINARY). Without a rowid the key is the tree: a range of keys is one walk.
const schema = `
  CREATE TABLE entry (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`;

// A lock held for the life of the connection must be asked for before the log is touched; then SQLite also needs no
// shared-memory file. The full-fsync pragmas matter on macOS, where fsync alone does not reach the disk.
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA secure_delete = ON;
  PRAGMA cell_size_check = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA temp_store = MEMORY;
`;

/**
 * Opens the database file at `path`, makes it one of ours if it is new (readable by its owner only), and takes it for
 * this connection alone until that is closed or the process ends. Throws `invalid-argument`, `storage-locked`,
 * `storage-unsupported`, `storage-damaged`, `storage-full` or `storage-failed`.
 *
 * @param maximumPages - the file never grows over this many pages of 4 KiB; for tests of a full disk
 */
export function openDatabase(path: string, maximumPages?: number): DatabaseSync {
  checkPath(path);
  checkSqliteVersion(sqliteVersion());
  const file = resolve(path); // absolute, so that SQLite takes it neither for a URI nor for ":memory:"
  let database: DatabaseSync | undefined;
  try {
    createPrivately(file);
    database = new DatabaseSync(file, {
      timeout: 0,
      defensive: true,
      enableDoubleQuotedStringLiterals: false,
    });
    database.exec(settings);
    if (maximumPages !== undefined) database.exec(`PRAGMA max_page_count = ${maximumPages}`);
    takeFile(database);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)"); // what a crashed owner left in the log
    return database;
  } catch (error) {
    database?.close();
    throw asStorageFailure(error);
  }
}

function checkPath(path: string): void {
  if (typeof path !== "string" || path === "" || path === ":memory:" || path.includes("\0"))
    throw new ReadbackError("invalid-argument", "A storage needs the path of a file.");
}

/**
 * Throws `storage-unsupported` for an SQLite that must not be trusted with a client's state: releases before 3.51.3
 * can lose committed transactions when the write-ahead log restarts.
 */
export function checkSqliteVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major * 1_000_000 + minor * 1000 + patch >= 3_051_003) return;
  throw new ReadbackError(
    "storage-unsupported",
    `This runtime brings SQLite ${version}, which can lose data: 3.51.3 or newer is needed.`,
  );
}

function sqliteVersion(): string {
  const database = new DatabaseSync(":memory:");
  const row = database.prepare("SELECT sqlite_version() AS version").get();
  database.close();
  return String(row?.version);
}

/**
 * Creates the file with mode 0600 unless it exists; SQLite gives its log the same mode. "wx" opens no file that is
 * there already: closing a second descriptor of an open database would drop the locks of this whole process.
 */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function takeFile(database: DatabaseSync): void {
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (mode !== "wal")
    throw new ReadbackError("storage-unsupported", "This file system cannot hold a write-ahead log.");
  database.exec("BEGIN EXCLUSIVE");
  const id = numberOf(database, "application_id");
  const version = numberOf(database, "user_version");
  if (id === 0 && version === 0 && numberOf(database, "schema_version") === 0) database.exec(schema);
  else if (id !== applicationId)
    throw new ReadbackError("invalid-argument", "This file is the database of another application.");
  else if (version !== formatVersion)
    throw new ReadbackError("storage-unsupported", "A newer version wrote this storage file.");
  database.exec("COMMIT");
}

function numberOf(database: DatabaseSync, pragma: string): unknown {
  return database.prepare(`PRAGMA ${pragma}`).get()?.[pragma];
}
