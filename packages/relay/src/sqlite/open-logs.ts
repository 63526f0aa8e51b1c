import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { LogState, Span, StoredEntry } from "../relay-store.ts";
import { type Places, textOf } from "./places.ts";

/** Payload hashes and spans kept altogether. */
const mostKept = 300_000;

/** Payloads of one log. */
export interface Pruned {
  /** Bytes. */
  readonly size: number;
  readonly count: number;
}

/** No payloads. */
export const nothing: Pruned = { size: 0, count: 0 };

/** What the next append to one log needs to know: nobody else writes to the file, so it need not be read again. */
export interface OpenLog {
  /** The conversation's number. */
  readonly id: number;
  state: LogState;
  /** Payloads that were pruned: their bytes, and how many. */
  pruned: Pruned;
  /** The first entry of the current epoch, which may not be there yet. */
  epochSince: number;
  /** Sequence numbers of the current epoch's entries, by the beginning of their payload hashes. */
  readonly seqs: Map<string, number>;
  /** The last span of devices that were asked for. */
  readonly spans: Map<string, Span | undefined>;
}

/** The logs that were appended to last, as the database has them or, within a transaction, will have them. */
export interface OpenLogs {
  /** The log of a conversation, or `undefined` where there is none. */
  find(conversation: Uint8Array): OpenLog | undefined;
  /** The last span of a device in a log. */
  span(log: OpenLog, device: string): Span | undefined;
  /** Takes note of a new log. */
  add(conversation: Uint8Array, log: OpenLog): void;
  /** Takes note of an entry that was written. @param key - of its payload */
  follow(log: OpenLog, key: string, entry: StoredEntry, state: LogState): void;
  /** Takes note of payloads that were pruned, by the number of their conversation. */
  shrink(pruned: ReadonlyMap<number, Pruned>): void;
  /** Takes note that a device's spans have changed. */
  spanChanged(log: OpenLog, device: string): void;
  /** Forgets everything: what was noted may not have happened. */
  forget(): void;
}

/** Reads logs as they are asked for. */
export function openLogs(database: DatabaseSync, places: Places): OpenLogs {
  const readLog = database.prepare("SELECT * FROM conversation WHERE name = ?");
  // Epochs have 64 bits.
  readLog.setReadBigInts(true);
  const readEnd = database.prepare("SELECT seq, hash, accepted_at, log_size FROM entry WHERE position = ?");
  const readSpan = database.prepare(
    `SELECT since, until FROM span JOIN device ON device.id = span.device
     WHERE conversation = ? AND name = ? ORDER BY since DESC LIMIT 1`,
  );
  const logs = new Map<string, OpenLog>();
  let kept = 0;

  /** Those that were opened first go first: opening one again costs less than keeping them in order of use. */
  const makeRoom = (): void => {
    for (const [key, log] of logs) {
      if (kept <= mostKept) return;
      logs.delete(key);
      kept -= weightOf(log);
    }
  };

  const keep = (key: string, log: OpenLog): void => {
    kept += weightOf(log);
    makeRoom();
    logs.set(key, log);
  };

  return {
    find(conversation) {
      const key = textOf(conversation);
      const known = logs.get(key);
      if (known !== undefined) return known;
      const row = readLog.get(conversation);
      if (row === undefined) return undefined;
      const id = Number(row.id);
      const end = readEnd.get(places.last(id)?.position ?? 0) as unknown as EndRow;
      const log = {
        id,
        state: stateOf(row, end),
        pruned: { size: Number(row.pruned_size), count: Number(row.pruned_count) },
        epochSince: Number(row.epoch_since),
        seqs: new Map<string, number>(),
        spans: new Map<string, Span | undefined>(),
      };
      for (const { seq, key } of places.range(id, log.epochSince, end.seq)) log.seqs.set(key, seq);
      keep(key, log);
      return log;
    },

    span(log, device) {
      if (!log.spans.has(device)) {
        const row = readSpan.get(log.id, device) as { since: number; until: number | null } | undefined;
        log.spans.set(device, row && { since: row.since, until: row.until ?? undefined });
        kept += 1;
      }
      return log.spans.get(device);
    },

    add: (conversation, log) => keep(textOf(conversation), log),

    follow(log, key, { header }, state) {
      // A commit belongs to the epoch that it ends.
      const belongs = header.epoch === state.epoch;
      if (state.epoch !== log.state.epoch) {
        kept -= log.seqs.size;
        log.seqs.clear();
        log.epochSince = belongs ? header.seq : header.seq + 1;
      }
      if (belongs) {
        log.seqs.set(key, header.seq);
        kept += 1;
      }
      log.state = state;
    },

    shrink(pruned) {
      for (const log of logs.values()) {
        const { size, count } = pruned.get(log.id) ?? nothing;
        log.pruned = { size: log.pruned.size + size, count: log.pruned.count + count };
        log.state = { ...log.state, size: log.state.size - size };
      }
    },

    spanChanged(log, device) {
      if (log.spans.delete(device)) kept -= 1;
    },

    forget() {
      logs.clear();
      kept = 0;
    },
  };
}

function weightOf({ seqs, spans }: OpenLog): number {
  return seqs.size + spans.size + 10;
}

interface EndRow {
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly accepted_at: number;
  readonly log_size: number;
}

function stateOf(row: Record<string, SQLOutputValue>, end: EndRow): LogState {
  return {
    seq: end.seq,
    entryHash: end.hash,
    epoch: row.epoch as bigint,
    acceptedAt: end.accepted_at,
    handshakeSeq: Number(row.handshake_seq),
    commitFirst: row.commit_first === 1n,
    groupId: row.group_id as Uint8Array,
    size: end.log_size - Number(row.pruned_size),
  };
}
