import type { DatabaseSync } from "node:sqlite";
import {
  type Change,
  checkStorageKey,
  type Entry,
  type Expectation,
  type ListOptions,
  ReadbackError,
  type Storage,
  type StorageWrite,
  storageRange,
  takeStorageWrite,
} from "@readback/core/storage";
import { openDatabase } from "./database.ts";
import { type EntryTable, entryTable } from "./entry-table.ts";
import { asStorageFailure } from "./failure.ts";

/** How long the log may keep what was removed or replaced, in milliseconds. */
const logLifetime = 1000;

/**
 * A client storage in the SQLite file at `path`, created if need be with mode 0600 (its folder must exist). The file
 * belongs to this storage alone until `close` or the end of the process. The work is done on the calling thread;
 * writes asked for in the same tick share one transaction, and with it one wait for the disk.
 *
 * Throws `storage-locked` if somebody has the file open, `storage-unsupported` if the runtime's SQLite is older than
 * 3.51.3 or the file newer than this package, `storage-damaged` if it is not a whole database, `invalid-argument`
 * if it is another application's, otherwise `storage-full` or `storage-failed`.
 */
export function sqliteStorage(path: string): Storage {
  return openSqliteStorage(path);
}

/** {@link sqliteStorage} with a size limit for tests of a full disk, in pages of 4 KiB. */
export function openSqliteStorage(path: string, maximumPages?: number): Storage {
  return new SqliteStorage(openDatabase(path, maximumPages));
}

interface PendingWrite extends StorageWrite {
  resolve(): void;
  reject(error: ReadbackError): void;
}

class SqliteStorage implements Storage {
  readonly #database: DatabaseSync;
  readonly #table: EntryTable;
  #pending: PendingWrite[] = [];
  #checkpoint: ReturnType<typeof setTimeout> | undefined;
  #closed: Promise<void> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#table = entryTable(database);
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkStorageKey(key);
    return this.#afterWrites(() => this.#table.read(key));
  }

  async list(prefix: string, options?: ListOptions): Promise<Entry[]> {
    this.#checkOpen();
    const range = storageRange(prefix, options);
    return range === undefined ? [] : this.#afterWrites(() => this.#table.list(range));
  }

  async write(changes: readonly Change[], expect?: readonly Expectation[]): Promise<void> {
    this.#checkOpen();
    const write = takeStorageWrite(changes, expect);
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) queueMicrotask(() => this.#flush());
      this.#pending.push({ ...write, resolve, reject });
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new ReadbackError("closed", "The storage is closed.");
  }

  #afterWrites<T>(read: () => T): T {
    this.#flush();
    try {
      return read();
    } catch (error) {
      throw asStorageFailure(error);
    }
  }

  /** All pending writes in one transaction; if one is refused, each in its own, so that it is refused alone. */
  #flush(): void {
    const writes = this.#pending;
    if (writes.length === 0) return;
    this.#pending = [];
    const failure = this.#transact(writes);
    if (failure === undefined) {
      for (const { resolve } of writes) resolve();
    } else if (
      failure.code === "storage-full" ||
      (failure.code === "storage-conflict" && writes.length > 1)
    ) {
      // The room that the log takes may be all that is missing.
      if (failure.code === "storage-full") this.#truncateLog();
      for (const write of writes) {
        const refusal = this.#transact([write]);
        if (refusal === undefined) write.resolve();
        else write.reject(refusal);
      }
    } else {
      for (const { reject } of writes) reject(failure);
    }
    this.#scheduleCheckpoint();
  }

  #scheduleCheckpoint(): void {
    if (this.#checkpoint !== undefined) return;
    this.#checkpoint = setTimeout(() => this.#truncateLog(), logLifetime);
    this.#checkpoint.unref?.(); // where a timer is just a number, it keeps the process a second longer
  }

  #transact(writes: readonly StorageWrite[]): ReadbackError | undefined {
    try {
      this.#table.begin();
      for (const write of writes) this.#table.apply(write);
      this.#table.commit();
      return undefined;
    } catch (error) {
      return this.#rolledBack(asStorageFailure(error));
    }
  }

  #rolledBack(failure: ReadbackError): ReadbackError {
    try {
      // After a full disk or a failed write SQLite may have rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      return failure;
    } catch (cause) {
      return asStorageFailure(cause);
    }
  }

  /**
   * Moves the log into the file and cuts it to nothing. Deleted and replaced values are zeroed in the file but lie in
   * the log until then. Once per write would double its price; a timer bounds how long they stay instead.
   */
  #truncateLog(): void {
    clearTimeout(this.#checkpoint);
    this.#checkpoint = undefined;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Nothing is lost: all of it is in the log still. A lasting failure shows in the next write, which tries again.
    }
  }

  async #close(): Promise<void> {
    this.#flush();
    this.#truncateLog();
    try {
      this.#database.close();
    } catch (error) {
      throw asStorageFailure(error);
    }
  }
}
