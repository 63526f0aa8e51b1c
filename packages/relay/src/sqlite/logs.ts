import type { DatabaseSync } from "node:sqlite";
import { organisationOf } from "../organisation.ts";
import type { Append, GroupChange, Situation, Submission } from "../relay-store.ts";
import { type LogPages, sqliteLogPages } from "./log-pages.ts";
import { nothing, type OpenLog, openLogs, type Pruned } from "./open-logs.ts";
import { sqliteOrganisations } from "./organisations.ts";
import { payloadKey, sqlitePlaces } from "./places.ts";

/** Logs, groups and memberships in SQLite. */
export interface Logs extends LogPages {
  /** What a decision may depend on, but for inboxes. */
  situation(submission: Submission): Omit<Situation, "fullestInbox">;
  /** Writes one entry of a device inside a transaction of the caller. Returns the conversation's number. */
  write(append: Append, device: string): number;
  /** Forgets old payloads inside a transaction of the caller. Returns how many. */
  prune(acceptedBefore: number, maximum: number): number;
  /** To be called inside a transaction when its steps are done. */
  settle(): void;
  /** To be called before the database is closed. */
  close(): void;
  /** To be called when a transaction was taken back. */
  forget(): void;
}

interface OldRow {
  readonly position: number;
  readonly conversation: number;
  readonly organisation: number;
  readonly size: number;
}

/** Prepares the statements. */
export function sqliteLogs(database: DatabaseSync): Logs {
  const places = sqlitePlaces(database);
  const logs = openLogs(database, places);
  const organisations = sqliteOrganisations(database);
  const readTime = database.prepare("SELECT seq, accepted_at FROM entry WHERE position = ?");
  const readEpoch = database.prepare("SELECT epoch FROM entry WHERE position = ?");
  // Epochs have 64 bits.
  readEpoch.setReadBigInts(true);
  const addLog = database.prepare(
    `INSERT INTO conversation (name, epoch, epoch_since, handshake_seq, commit_first, group_id)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const changeLog = database.prepare(
    `UPDATE conversation SET epoch = ?, epoch_since = ?, handshake_seq = ?, commit_first = ?, group_id = ?
     WHERE id = ?`,
  );
  const addEntry = database.prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  // The conditions are those of the index, to the letter.
  const findOld = database.prepare(
    `SELECT position, conversation, organisation, length(payload) AS size FROM entry INDEXED BY entry_to_prune
     WHERE payload IS NOT NULL AND kind IN ('application', 'receipt') AND accepted_at < ?
     ORDER BY accepted_at LIMIT ?`,
  );
  const prunePayload = database.prepare("UPDATE entry SET payload = NULL WHERE position = ?");
  const shrinkLog = database.prepare(
    "UPDATE conversation SET pruned_size = pruned_size + ?, pruned_count = pruned_count + ? WHERE id = ?",
  );
  const findOrganisation = database.prepare("SELECT conversations FROM organisation WHERE name = ?");
  const countLog = database.prepare(
    `INSERT INTO organisation (name, conversations) VALUES (?, 1)
     ON CONFLICT (name) DO UPDATE SET conversations = conversations + 1`,
  );
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

  /** Epochs that are over are searched without an index: only an answer that was lost brings one up again. */
  const searchOver = (id: number, { payloadHash, epoch }: Submission): number | undefined =>
    places.search(id, payloadKey(payloadHash)).find((position) => readEpoch.get(position)?.epoch === epoch);

  const earlier = ({ id, state, seqs }: OpenLog, submission: Submission): Situation["earlier"] => {
    const seq = seqs.get(payloadKey(submission.payloadHash));
    const isOver = submission.epoch < state.epoch;
    const position = isOver ? searchOver(id, submission) : seq && places.find(id, seq);
    const row = position === undefined ? undefined : readTime.get(position);
    return row && { seq: row.seq as number, acceptedAt: row.accepted_at as number };
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
    ...sqliteLogPages(database, places),

    situation(submission) {
      const log = logs.find(submission.conversation);
      const organisation = organisationOf(submission.device);
      const brought = organisations.sizeOf(organisation);
      if (log === undefined) {
        const opened = Number(findOrganisation.get(organisation)?.conversations ?? 0);
        return { log: undefined, kept: 0, opened, brought, earlier: undefined, span: undefined };
      }
      return {
        log: log.state,
        kept: log.state.seq - log.pruned.count,
        opened: 0,
        brought,
        earlier: earlier(log, submission),
        span: logs.span(log, submission.device),
      };
    },

    write({ entry, log: state, group, added, removed }, submitter) {
      const { header, hash, payload } = entry;
      const { conversation, seq, kind, epoch, acceptedAt, relay, previousHash, payloadHash } = header;
      const { handshakeSeq, groupId, size } = state;
      const commitFirst = state.commitFirst ? 1 : 0;
      let log = logs.find(conversation);
      if (log === undefined) {
        const added = addLog.run(conversation, state.epoch, seq, handshakeSeq, commitFirst, groupId);
        const id = Number(added.lastInsertRowid);
        countLog.run(organisationOf(submitter));
        log = { id, state, pruned: nothing, epochSince: seq, seqs: new Map(), spans: new Map() };
        logs.add(conversation, log);
      }
      const { id } = log;
      const changes =
        group !== undefined || state.epoch !== log.state.epoch || state.commitFirst !== log.state.commitFirst;
      const key = payloadKey(payloadHash);
      logs.follow(log, key, entry, state);
      if (changes) changeLog.run(state.epoch, log.epochSince, handshakeSeq, commitFirst, groupId, id);
      const position = places.add(id, seq, key);
      addEntry.run(
        position,
        id,
        seq,
        kind,
        epoch,
        acceptedAt,
        relay,
        previousHash,
        payloadHash,
        hash,
        size + log.pruned.size,
        organisations.add(organisationOf(submitter), payload.length),
        payload,
      );
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

    prune(acceptedBefore, maximum) {
      const old = findOld.all(acceptedBefore, maximum) as unknown as OldRow[];
      const pruned = new Map<number, Pruned>();
      const gone = new Map<number, number>();
      for (const { position, conversation, organisation, size } of old) {
        prunePayload.run(position);
        gone.set(organisation, (gone.get(organisation) ?? 0) + size);
        const before = pruned.get(conversation) ?? nothing;
        pruned.set(conversation, { size: before.size + size, count: before.count + 1 });
      }
      for (const [id, { size, count }] of pruned) shrinkLog.run(size, count, id);
      logs.shrink(pruned);
      organisations.remove(gone);
      return old.length;
    },

    settle() {
      places.settle();
      organisations.settle();
    },

    close: () => organisations.close(),

    forget() {
      organisations.forget();
      logs.forget();
      places.reload();
    },
  };
}
