import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { EntryKind } from "@readback/core/wire";
import type { LogPage, LogRange, ReadableLog, Span, StoredEntry, StoredGroup } from "../relay-store.ts";
import type { Places } from "./places.ts";

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
export function sqliteLogPages(database: DatabaseSync, places: Places): LogPages {
  const findLog = database.prepare("SELECT id, handshake_seq FROM conversation WHERE name = ?");
  const readSpans = database.prepare(
    `SELECT since, until FROM span JOIN device ON device.id = span.device
     WHERE conversation = ? AND name = ? ORDER BY since`,
  );
  const readEntry = database.prepare("SELECT * FROM entry WHERE position = ?");
  // Epochs have 64 bits.
  readEntry.setReadBigInts(true);
  const readHash = database.prepare("SELECT hash FROM entry WHERE position = ?");
  const readRecords = database.prepare("SELECT name, value FROM group_record WHERE conversation = ?");
  // With max() the other columns come from the row that has it: https://www.sqlite.org/lang_select.html#bareagg
  const readGroupInfo = database.prepare("SELECT bytes FROM group_info WHERE conversation = ?");
  const readLogsOf = database.prepare(
    `SELECT conversation.id, conversation.name, max(since) AS since, until FROM span
     JOIN device ON device.id = span.device JOIN conversation ON conversation.id = span.conversation
     WHERE device.name = ? GROUP BY conversation.id`,
  );

  const endOf = (id: number): number => places.last(id)?.seq ?? 0;
  const hashAt = (id: number, seq: number): Uint8Array =>
    readHash.get(places.find(id, seq) ?? 0)?.hash as Uint8Array;

  return {
    readLog({ conversation, device, after, maximumEntries, maximumBytes }) {
      const log = findLog.get(conversation) as { id: number } | undefined;
      const spans = log && (readSpans.all(log.id, device) as unknown as SpanRow[]).map(spanOf);
      const span = spans?.find(({ until }) => until === undefined || until > after) ?? spans?.at(-1);
      if (log === undefined || span === undefined) return undefined;
      const end = span.until ?? endOf(log.id);
      const from = Math.max(span.since, after + 1);
      const entries: StoredEntry[] = [];
      let bytes = 0;
      for (const { position } of places.range(log.id, from, Math.min(end, from + maximumEntries - 1))) {
        const row = readEntry.get(position) as Record<string, SQLOutputValue>;
        bytes += (row.payload as Uint8Array | null)?.length ?? 0;
        if (entries.length > 0 && bytes > maximumBytes) break;
        entries.push(entryOf(conversation, row));
      }
      const last = entries.at(-1);
      if (last !== undefined) return { entries, last: { seq: last.header.seq, hash: last.hash } };
      return { entries, last: { seq: end, hash: hashAt(log.id, end) } };
    },

    readGroup(conversation) {
      const log = findLog.get(conversation) as { id: number; handshake_seq: number } | undefined;
      if (log === undefined) return undefined;
      const rows = readRecords.all(log.id) as { name: string; value: Uint8Array }[];
      const records = new Map(rows.map(({ name, value }) => [name, value]));
      const groupInfo = readGroupInfo.get(log.id)?.bytes as Uint8Array | undefined;
      return { handshakeSeq: log.handshake_seq, records, groupInfo };
    },

    readableLogs: (device) =>
      (readLogsOf.all(device) as unknown as (SpanRow & { id: number; name: Uint8Array })[]).map(
        ({ id, name, until }) => {
          const seq = until ?? endOf(id);
          return { conversation: name, seq, hash: hashAt(id, seq), ended: until !== null };
        },
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
  return { header, hash: row.hash as Uint8Array, payload: (row.payload as Uint8Array | null) ?? undefined };
}
