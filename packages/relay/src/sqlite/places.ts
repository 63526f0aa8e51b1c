import type { DatabaseSync } from "node:sqlite";

/** Entries whose places are kept in memory at most, but for those of one commit. */
const mostUnplaced = 1_024;

/** Where an entry is in the table that holds all of them. */
export interface Place {
  readonly seq: number;
  readonly position: number;
  /** See {@link payloadKey}. */
  readonly key: string;
}

/**
 * Where the entries of each log are. An index that grew with each append would cost more than the appends: every log
 * adds to it elsewhere, so a commit would write a page for each. Therefore the places of the last entries are kept in
 * memory and written for many entries at once. After a crash they are read from the entries themselves.
 */
export interface Places {
  /** Takes note of an entry that follows the last one of its log. Returns the position to write it at. */
  add(conversation: number, seq: number, key: string): number;
  /** Where an entry is, or `undefined` where there is none. */
  find(conversation: number, seq: number): number | undefined;
  /** The last entry of a log. */
  last(conversation: number): Place | undefined;
  /** All entries of a log from `from` to `to`, in order. */
  range(conversation: number, from: number, to: number): Iterable<Place>;
  /** Positions of all entries of a log whose payload has this key. */
  search(conversation: number, key: string): number[];
  /** Where many places are not written yet, writes them. Runs inside a transaction of the caller. */
  settle(): void;
  /** Reads anew what is not written yet: to be called when a transaction was taken back. */
  reload(): void;
}

/** Reads what the database has. */
export function sqlitePlaces(database: DatabaseSync): Places {
  const findPlace = database.prepare("SELECT position FROM entry_place WHERE conversation = ? AND seq = ?");
  const findLast = database.prepare(
    "SELECT seq, position, payload_key FROM entry_place WHERE conversation = ? ORDER BY seq DESC LIMIT 1",
  );
  const readPlaces = database.prepare(
    `SELECT seq, position, payload_key FROM entry_place
     WHERE conversation = ? AND seq BETWEEN ? AND ? ORDER BY seq`,
  );
  const searchPlaces = database.prepare(
    "SELECT position FROM entry_place WHERE conversation = ? AND payload_key = ?",
  );
  const place = database.prepare(
    `INSERT INTO entry_place SELECT conversation, seq, position, substr(payload_hash, 1, 16) FROM entry
     WHERE position > ? ORDER BY conversation, seq`,
  );
  // Positions ascend in both: the search from the end stops at the first entry that has a place.
  const findLastPlaced = database.prepare(
    `SELECT entry.position FROM entry CROSS JOIN entry_place USING (conversation, seq)
     ORDER BY entry.position DESC LIMIT 1`,
  );
  const readUnplaced = database.prepare(
    `SELECT position, conversation, seq, substr(payload_hash, 1, 16) AS payload_key FROM entry
     WHERE position > ? ORDER BY position`,
  );

  const unplaced = new Map<number, Place[]>();
  let lastPlaced = 0;
  let lastPosition = 0;

  const keep = (conversation: number, added: Place): void => {
    lastPosition = added.position;
    const places = unplaced.get(conversation);
    if (places === undefined) unplaced.set(conversation, [added]);
    else places.push(added);
  };

  const reload = (): void => {
    unplaced.clear();
    lastPlaced = (findLastPlaced.get()?.position as number | undefined) ?? 0;
    lastPosition = lastPlaced;
    for (const row of readUnplaced.iterate(lastPlaced)) keep(row.conversation as number, placeOf(row));
  };
  reload();

  return {
    add(conversation, seq, key) {
      const position = lastPosition + 1;
      keep(conversation, { seq, position, key });
      return position;
    },

    find(conversation, seq) {
      const recent = unplaced.get(conversation);
      const known = recent?.[seq - (recent[0]?.seq ?? 0)];
      return known?.position ?? (findPlace.get(conversation, seq)?.position as number | undefined);
    },

    last(conversation) {
      const recent = unplaced.get(conversation)?.at(-1);
      if (recent !== undefined) return recent;
      const row = findLast.get(conversation);
      return row && placeOf(row);
    },

    *range(conversation, from, to) {
      for (const row of readPlaces.iterate(conversation, from, to)) yield placeOf(row);
      for (const recent of unplaced.get(conversation) ?? []) {
        if (recent.seq >= from && recent.seq <= to) yield recent;
      }
    },

    search(conversation, key) {
      const recent = (unplaced.get(conversation) ?? []).filter((place) => place.key === key);
      const placed = searchPlaces.all(conversation, Buffer.from(key, "latin1"));
      return [...placed.map(({ position }) => position as number), ...recent.map(({ position }) => position)];
    },

    settle() {
      if (lastPosition - lastPlaced < mostUnplaced) return;
      place.run(lastPlaced);
      lastPlaced = lastPosition;
      unplaced.clear();
    },

    reload,
  };
}

/** What payloads of one log are told apart by: half of a hash does it as well as the whole. */
export function payloadKey(payloadHash: Uint8Array): string {
  return textOf(payloadHash.subarray(0, 16));
}

/** Bytes as the key of a map. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function placeOf(row: Record<string, unknown>): Place {
  const { seq, position, payload_key } = row as { seq: number; position: number; payload_key: Uint8Array };
  return { seq, position, key: textOf(payload_key) };
}
