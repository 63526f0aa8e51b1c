import type { DatabaseSync } from "node:sqlite";

/** What is counted may fall short by so many bytes an organisation where a step fails, or the process ends without closing. */
const writtenEvery = 1_048_576;
const mostKnown = 10_000;

/** Bytes of the kept payloads that the devices of each organisation have brought. */
export interface Organisations {
  /** Of an organisation, by its name. */
  sizeOf(name: string): number;
  /** Takes note of a payload; within a transaction. Returns the organisation's number, to be kept with it. */
  add(name: string, bytes: number): number;
  /** Takes note that payloads are gone, by the numbers of those who had brought them; within a transaction. */
  remove(gone: ReadonlyMap<number, number>): void;
  /** Writes down what has come together; within a transaction. */
  settle(): void;
  /** Writes down everything: the database is about to be closed. */
  close(): void;
  /** What was noted may not have happened. */
  forget(): void;
}

interface Known {
  readonly id: number;
  size: number;
  /** What the database has. */
  written: number;
}

/**
 * Prepares the statements. Counts are written down now and then: with every payload that would be one more page of the
 * database to write.
 */
export function sqliteOrganisations(database: DatabaseSync): Organisations {
  const make = database.prepare("INSERT INTO organisation (name) VALUES (?) ON CONFLICT (name) DO NOTHING");
  const find = database.prepare("SELECT id, size FROM organisation WHERE name = ?");
  const write = database.prepare("UPDATE organisation SET size = ? WHERE id = ?");
  const shrink = database.prepare("UPDATE organisation SET size = max(0, size - ?) WHERE id = ?");
  const known = new Map<string, Known>();

  const knownOf = (name: string): Known | undefined => {
    const at = known.get(name);
    if (at !== undefined) return at;
    const row = find.get(name) as { id: number; size: number } | undefined;
    if (row === undefined) return undefined;
    const fresh = { id: row.id, size: row.size, written: row.size };
    known.set(name, fresh);
    return fresh;
  };

  const writeAll = (least: number): void => {
    for (const one of known.values()) {
      if (one.size - one.written < least) continue;
      write.run(one.size, one.id);
      one.written = one.size;
    }
  };

  return {
    sizeOf: (name) => knownOf(name)?.size ?? 0,

    add(name, bytes) {
      if (knownOf(name) === undefined) make.run(name);
      const one = knownOf(name) as Known;
      one.size += bytes;
      return one.id;
    },

    remove(gone) {
      writeAll(1);
      known.clear();
      for (const [id, bytes] of gone) shrink.run(bytes, id);
    },

    settle() {
      if (known.size <= mostKnown) return writeAll(writtenEvery);
      writeAll(1);
      known.clear();
    },

    close: () => writeAll(1),
    forget: () => known.clear(),
  };
}
