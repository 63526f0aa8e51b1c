import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { EntryKind } from "@readback/core/wire";
import type { LogPage, LogRange, ReadableLog, Span, StoredEntry, StoredGroup } from "../relay-store.ts";

/** Reading logs in SQLite. */
export interface LogPages {
  readLog(range: LogRange): LogPage | undefined;
  readGroup(conversation: Uint8Array): StoredGroup | undefined;
  readableLogs(device: string): ReadableLog[];
}

interface SpanRow {
  readonly since: number;
  readonly until: number | null;
}

/** Prepares the statements. */
export function sqliteLogPages(database: DatabaseSync): LogPages {
  const findLog = database.prepare("SELECT id, seq, handshake_seq FROM conversation WHERE name = ?");
  const readSpans = database.prepare(
    `SELECT since, until FROM span JOIN device ON device.id = span.device
     WHERE conversation = ? AND name = ? ORDER BY since`,
  );
  const readEntries = database.prepare(
    "SELECT * FROM entry WHERE conversation = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?",
  );
  // Epochs have 64 bits.
  readEntries.setReadBigInts(true);
  const readHash = database.prepare("SELECT hash FROM entry WHERE conversation = ? AND seq = ?");
  const readRecords = database.prepare("SELECT name, value FROM group_record WHERE conversation = ?");
  // With max() the other columns come from the row that has it: https://www.sqlite.org/lang_select.html#bareagg
  const readLogsOf = database.prepare(
    `SELECT conversation.name, max(since) AS since, until, seq FROM span
     JOIN device ON device.id = span.device JOIN conversation ON conversation.id = span.conversation
     WHERE device.name = ? GROUP BY conversation.id`,
  );

  return {
    readLog({ conversation, device, after, maximumEntries, maximumBytes }) {
      const log = findLog.get(conversation) as { id: number; seq: number } | undefined;
      const spans = log && (readSpans.all(log.id, device) as unknown as SpanRow[]).map(spanOf);
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
      const log = findLog.get(conversation) as { id: number; handshake_seq: number } | undefined;
      if (log === undefined) return undefined;
      const rows = readRecords.all(log.id) as { name: string; value: Uint8Array }[];
      const records = new Map(rows.map(({ name, value }) => [name, value]));
      return { handshakeSeq: log.handshake_seq, records };
    },

    readableLogs: (device) =>
      (readLogsOf.all(device) as unknown as (SpanRow & { name: Uint8Array; seq: number })[]).map(
        ({ name, until, seq }) => ({ conversation: name, seq: until ?? seq, ended: until !== null }),
      ),
  };
}

function spanOf({ since, until }: SpanRow): Span {
  return { since, until: until ?? undefined };
}

function entryOf(conversation: Uint8Array, row: Record<string, SQLOutputValue>): StoredEntry {
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
