import { DatabaseSync } from "node:sqlite";

/** Rows that are on the disk when {@link BareTable.add} returns, by nothing but `node:sqlite`. */
export interface BareTable {
  /** Adds all rows in one transaction. */
  add(rows: readonly Uint8Array[]): void;
  close(): void;
}

/** A table of one column in a file of its own, with the settings of a relay's store. */
export function bareTable(path: string): BareTable {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8192");
  database.exec("CREATE TABLE row (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT");
  const [begin, commit] = [database.prepare("BEGIN IMMEDIATE"), database.prepare("COMMIT")];
  const insert = database.prepare("INSERT INTO row (bytes) VALUES (?)");
  return {
    add(rows) {
      begin.run();
      for (const row of rows) insert.run(row);
      commit.run();
    },
    close: () => database.close(),
  };
}
