import type { DatabaseSync } from "node:sqlite";
import type { Append, GroupChange, LogState, Situation, Submission } from "../relay-store.ts";
import { type LogPages, sqliteLogPages } from "./log-pages.ts";
import { hashKey, openLogs } from "./open-logs.ts";

/** Logs, groups and memberships in SQLite. */
export interface Logs extends LogPages {
  /** What a decision may depend on, but for inboxes. */
  situation(submission: Submission): Omit<Situation, "fullestInbox">;
  /** Writes one entry inside a transaction of the caller. Returns the conversation's number. */
  write(append: Append): number;
  /** To be called when a transaction was taken back. */
  forget(): void;
}

/** Prepares the statements. */
export function sqliteLogs(database: DatabaseSync): Logs {
  const logs = openLogs(database);
  const readPlace = database.prepare("SELECT seq, accepted_at FROM entry WHERE conversation = ? AND seq = ?");
  const searchPayload = database.prepare(
    "SELECT seq, accepted_at FROM entry WHERE conversation = ? AND payload_hash = ? AND epoch = ?",
  );
  const addLog = database.prepare(
    `INSERT INTO conversation
     (name, seq, entry_hash, epoch, epoch_since, accepted_at, handshake_seq, commit_first, group_id, size)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const moveLog = database.prepare(
    "UPDATE conversation SET seq = ?, entry_hash = ?, accepted_at = ?, size = ? WHERE id = ?",
  );
  const changeLog = database.prepare(
    `UPDATE conversation SET epoch = ?, epoch_since = ?, handshake_seq = ?, commit_first = ?, group_id = ?
     WHERE id = ?`,
  );
  const addEntry = database.prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const putRecord = database.prepare("INSERT OR REPLACE INTO group_record VALUES (?, ?, ?)");
  const removeRecord = database.prepare("DELETE FROM group_record WHERE conversation = ? AND name = ?");
  const removeRecords = database.prepare(
    "DELETE FROM group_record WHERE conversation = ? AND name > ? AND name < ?",
  );
  const putGroupInfo = database.prepare("INSERT OR REPLACE INTO group_info VALUES (?, ?)");
  const endSpan = database.prepare(
    `UPDATE span SET until = ? WHERE conversation = ? AND until IS NULL
     AND device = (SELECT id FROM device WHERE name = ?)`,
  );
  const addSpan = database.prepare(
    "INSERT INTO span (conversation, device, since) SELECT ?, id, ? FROM device WHERE name = ?",
  );

  const earlier = (id: number, state: LogState, seqs: Map<string, number>, submission: Submission) => {
    const seq = seqs.get(hashKey(submission.payloadHash));
    // Epochs that are over are searched without an index: only an answer that was lost brings one up again.
    const isOver = submission.epoch < state.epoch;
    const row = isOver
      ? searchPayload.get(id, submission.payloadHash, submission.epoch)
      : seq !== undefined && readPlace.get(id, seq);
    return row ? { seq: row.seq as number, acceptedAt: row.accepted_at as number } : undefined;
  };

  const changeGroup = (id: number, { records, groupInfo }: GroupChange): void => {
    for (const change of records) {
      if ("put" in change) putRecord.run(id, change.put, change.value);
      else if ("remove" in change) removeRecord.run(id, change.remove);
      // Every key that begins with the prefix and a slash: "0" comes next after it.
      else removeRecords.run(id, `${change.removeAll}/`, `${change.removeAll}0`);
    }
    if (groupInfo !== undefined) putGroupInfo.run(id, groupInfo);
  };

  return {
    ...sqliteLogPages(database),

    situation(submission) {
      const log = logs.find(submission.conversation);
      if (log === undefined) return { log: undefined, earlier: undefined, span: undefined };
      return {
        log: log.state,
        earlier: earlier(log.id, log.state, log.seqs, submission),
        span: logs.span(log, submission.device),
      };
    },

    write({ entry, log: state, group, added, removed }) {
      const { header, hash, payload } = entry;
      const { seq, entryHash, acceptedAt, handshakeSeq, groupId, size } = state;
      const { conversation, kind, epoch, relay, previousHash, payloadHash } = header;
      const commitFirst = state.commitFirst ? 1 : 0;
      let log = logs.find(conversation);
      if (log === undefined) {
        const since = seq;
        const { lastInsertRowid } = addLog.run(
          conversation,
          seq,
          entryHash,
          state.epoch,
          since,
          acceptedAt,
          handshakeSeq,
          commitFirst,
          groupId,
          size,
        );
        log = { id: Number(lastInsertRowid), state, epochSince: since, seqs: new Map(), spans: new Map() };
        logs.add(conversation, log);
      } else moveLog.run(seq, entryHash, acceptedAt, size, log.id);
      const { id } = log;
      const changes =
        group !== undefined || state.epoch !== log.state.epoch || state.commitFirst !== log.state.commitFirst;
      logs.follow(log, entry, state);
      if (changes) changeLog.run(state.epoch, log.epochSince, handshakeSeq, commitFirst, groupId, id);
      addEntry.run(id, seq, kind, epoch, header.acceptedAt, relay, previousHash, payloadHash, hash, payload);
      if (group !== undefined) changeGroup(id, group);
      for (const device of removed) {
        endSpan.run(seq, id, device);
        logs.spanChanged(log, device);
      }
      for (const device of added) {
        addSpan.run(id, seq, device);
        logs.spanChanged(log, device);
      }
      return id;
    },

    forget: () => logs.forget(),
  };
}
