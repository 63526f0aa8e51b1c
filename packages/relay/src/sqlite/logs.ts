import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { EntryKind } from "@readback/core/wire";
import type {
  Append,
  LogPage,
  LogRange,
  LogState,
  ReadableLog,
  Situation,
  Span,
  StoredEntry,
  Submission,
} from "../relay-store.ts";

/** Logs, groups and memberships in SQLite. */
export interface Logs {
  /** What a decision may depend on, but for inboxes. */
  situation(submission: Submission): Omit<Situation, "fullestInbox">;
  /** Writes one entry inside a transaction of the caller. Returns the conversation's number. */
  write(append: Append): number;
  readLog(range: LogRange): LogPage | undefined;
  readGroup(conversation: Uint8Array): { handshakeSeq: number; state: Uint8Array } | undefined;
  readableLogs(device: string): ReadableLog[];
}

type Row = Record<string, SQLOutputValue>;

/** Prepares the statements. */
export function sqliteLogs(database: DatabaseSync): Logs {
  const findLog = database.prepare("SELECT * FROM conversation WHERE name = ?");
  // Epochs have 64 bits.
  findLog.setReadBigInts(true);
  const findNumber = database.prepare("SELECT id, seq, handshake_seq FROM conversation WHERE name = ?");
  const findEarlier = database.prepare(
    "SELECT seq, accepted_at FROM entry WHERE conversation = ? AND payload_hash = ?",
  );
  const findSpans = database.prepare(
    `SELECT since, until FROM span JOIN device ON device.id = span.device
     WHERE conversation = ? AND name = ? ORDER BY since`,
  );
  const addLog = database.prepare(
    `INSERT INTO conversation (name, seq, entry_hash, epoch, accepted_at, handshake_seq, commit_first, group_id, size)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const moveLog = database.prepare(
    `UPDATE conversation SET seq = ?, entry_hash = ?, epoch = ?, accepted_at = ?, handshake_seq = ?,
     commit_first = ?, group_id = ?, size = ? WHERE id = ?`,
  );
  const addEntry = database.prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const putGroup = database.prepare("INSERT OR REPLACE INTO conversation_group VALUES (?, ?, ?)");
  const findGroup = database.prepare("SELECT state FROM conversation_group WHERE conversation = ?");
  const endSpan = database.prepare(
    `UPDATE span SET until = ? WHERE conversation = ? AND until IS NULL
     AND device = (SELECT id FROM device WHERE name = ?)`,
  );
  const addSpan = database.prepare(
    "INSERT INTO span (conversation, device, since) SELECT ?, id, ? FROM device WHERE name = ?",
  );
  const readEntries = database.prepare(
    "SELECT * FROM entry WHERE conversation = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?",
  );
  readEntries.setReadBigInts(true);
  const readHash = database.prepare("SELECT hash FROM entry WHERE conversation = ? AND seq = ?");
  const findLogsOf = database.prepare(
    `SELECT conversation.name, max(since) AS since, until, seq FROM span
     JOIN device ON device.id = span.device JOIN conversation ON conversation.id = span.conversation
     WHERE device.name = ? GROUP BY conversation.id`,
  );

  return {
    situation({ conversation, device, payloadHash }) {
      const row = findLog.get(conversation);
      if (row === undefined) return { log: undefined, earlier: undefined, span: undefined };
      const id = Number(row.id);
      const earlier = findEarlier.get(id, payloadHash) as { seq: number; accepted_at: number } | undefined;
      return {
        log: logStateOf(row),
        earlier: earlier && { seq: earlier.seq, acceptedAt: earlier.accepted_at },
        span: (findSpans.all(id, device) as unknown as SpanRow[]).map(spanOf).at(-1),
      };
    },

    write({ entry, log, group, added, removed }) {
      const { header, hash, payload } = entry;
      const known = findNumber.get(header.conversation)?.id as number | undefined;
      const state = [
        log.seq,
        log.entryHash,
        log.epoch,
        log.acceptedAt,
        log.handshakeSeq,
        log.commitFirst ? 1 : 0,
        log.groupId,
        log.size,
      ];
      if (known !== undefined) moveLog.run(...state, known);
      const id = known ?? Number(addLog.run(header.conversation, ...state).lastInsertRowid);
      const { kind, epoch, acceptedAt, relay, previousHash, payloadHash } = header;
      addEntry.run(id, header.seq, kind, epoch, acceptedAt, relay, previousHash, payloadHash, hash, payload);
      if (group !== undefined) putGroup.run(id, group.state, group.groupInfo ?? null);
      for (const device of removed) endSpan.run(header.seq, id, device);
      for (const device of added) addSpan.run(id, header.seq, device);
      return id;
    },

    readLog({ conversation, device, after, maximumEntries, maximumBytes }) {
      const log = findNumber.get(conversation) as { id: number; seq: number } | undefined;
      const spans = log && (findSpans.all(log.id, device) as unknown as SpanRow[]).map(spanOf);
      const span = spans?.find(({ until }) => until === undefined || until > after) ?? spans?.at(-1);
      if (log === undefined || span === undefined) return undefined;
      const end = span.until ?? log.seq;
      const entries: StoredEntry[] = [];
      let bytes = 0;
      const rows = readEntries.iterate(log.id, Math.max(span.since, after + 1), end, maximumEntries);
      for (const row of rows) {
        bytes += (row.payload as Uint8Array).length;
        if (entries.length > 0 && bytes > maximumBytes) break;
        entries.push(entryOf(conversation, row));
      }
      const last = entries.at(-1);
      if (last !== undefined) return { entries, last: { seq: last.header.seq, hash: last.hash } };
      return { entries, last: { seq: end, hash: readHash.get(log.id, end)?.hash as Uint8Array } };
    },

    readGroup(conversation) {
      const log = findNumber.get(conversation) as { id: number; handshake_seq: number } | undefined;
      const state = log && (findGroup.get(log.id)?.state as Uint8Array | undefined);
      return log && state && { handshakeSeq: log.handshake_seq, state };
    },

    readableLogs: (device) =>
      (findLogsOf.all(device) as unknown as (SpanRow & { name: Uint8Array; seq: number })[]).map(
        ({ name, until, seq }) => ({ conversation: name, seq: until ?? seq, ended: until !== null }),
      ),
  };
}

interface SpanRow {
  readonly since: number;
  readonly until: number | null;
}

function spanOf({ since, until }: SpanRow): Span {
  return { since, until: until ?? undefined };
}

function logStateOf(row: Row): LogState {
  return {
    seq: Number(row.seq),
    entryHash: row.entry_hash as Uint8Array,
    epoch: row.epoch as bigint,
    acceptedAt: Number(row.accepted_at),
    handshakeSeq: Number(row.handshake_seq),
    commitFirst: row.commit_first === 1n,
    groupId: row.group_id as Uint8Array,
    size: Number(row.size),
  };
}

function entryOf(conversation: Uint8Array, row: Row): StoredEntry {
  const header = {
    conversation,
    seq: Number(row.seq),
    previousHash: row.previous_hash as Uint8Array,
    kind: row.kind as EntryKind,
    epoch: row.epoch as bigint,
    payloadHash: row.payload_hash as Uint8Array,
    acceptedAt: Number(row.accepted_at),
    relay: row.relay as string,
  };
  return { header, hash: row.hash as Uint8Array, payload: row.payload as Uint8Array };
}
