import type { DatabaseSync } from "node:sqlite";
import {
  type Change,
  checkExpectation,
  type Entry,
  type StorageRange,
  type StorageWrite,
} from "@readback/core/storage";

/** The statements on the one table of a storage file. They throw bare SQLite errors, and `storage-conflict`. */
export interface EntryTable {
  read(key: string): Uint8Array | undefined;
  list(range: StorageRange): Entry[];
  /** Starts a transaction that may write. */
  begin(): void;
  /** Checks the expectations of one write, then applies its changes. */
  apply(write: StorageWrite): void;
  /** Ends the transaction; durable on return. */
  commit(): void;
}

/** Prepares the statements once: parsing SQL costs more than most of these calls. */
export function entryTable(database: DatabaseSync): EntryTable {
  const between = "SELECT key, value FROM entry WHERE key > ? AND key < ? ORDER BY key";
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const read = database.prepare("SELECT value FROM entry WHERE key = ?");
  const ascending = database.prepare(`${between} LIMIT ?`);
  const descending = database.prepare(`${between} DESC LIMIT ?`);
  const put = database.prepare(
    "INSERT INTO entry (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const remove = database.prepare("DELETE FROM entry WHERE key = ?");
  const removeBetween = database.prepare("DELETE FROM entry WHERE key > ? AND key < ?");

  const readValue = (key: string): Uint8Array | undefined => read.get(key)?.value as Uint8Array | undefined;
  const apply = (change: Change): void => {
    if ("put" in change) put.run(change.put, change.value);
    else if ("remove" in change) remove.run(change.remove);
    else removeBetween.run(`${change.removeAll}/`, `${change.removeAll}0`);
  };

  return {
    read: readValue,
    list({ lower, upper, limit = -1, descending: down }) {
      const rows = (down ? descending : ascending).all(lower, upper, limit);
      return rows.map(({ key, value }) => ({ key: key as string, value: value as Uint8Array }));
    },
    begin: () => void begin.run(),
    apply({ changes, expect }) {
      for (const expectation of expect) checkExpectation(expectation, readValue(expectation.key));
      for (const change of changes) apply(change);
    },
    commit: () => void commit.run(),
  };
}
