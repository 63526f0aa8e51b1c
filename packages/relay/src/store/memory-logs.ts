import { hex } from "@readback/core/wire";
import { organisationOf } from "../organisation.ts";
import type {
  Append,
  GroupChange,
  LogPage,
  LogRange,
  LogState,
  NewEntry,
  ReadableLog,
  Situation,
  Span,
  StoredEntry,
  StoredGroup,
  Submission,
} from "../relay-store.ts";

/** One conversation. */
interface Log {
  readonly conversation: Uint8Array;
  state: LogState;
  readonly records: Map<string, Uint8Array>;
  groupInfo: Uint8Array | undefined;
  /** Entry `seq` at `seq - 1`. */
  readonly entries: StoredEntry[];
  /** The organisation that has brought each. */
  readonly broughtBy: string[];
  /** How many of the entries were looked at by {@link Logs.prune}, and how many it has pruned. */
  lookedAt: number;
  pruned: number;
  /** Sequence numbers by epoch and payload hash. */
  readonly seqOf: Map<string, number>;
  /** Spans of each device, oldest first. */
  readonly spans: Map<string, Span[]>;
}

/** The conversations of the memory store. */
export interface Logs {
  situation(submission: Submission): Omit<Situation, "fullestInbox">;
  /** Writes one entry. Nothing in it can fail. */
  write(append: Append, device: string): void;
  prune(acceptedBefore: number, maximum: number): number;
  readLog(range: LogRange): LogPage | undefined;
  readGroup(conversation: Uint8Array): StoredGroup | undefined;
  readableLogs(device: string): ReadableLog[];
}

/** No conversations yet. */
export function memoryLogs(): Logs {
  const logs = new Map<string, Log>();
  /** Conversations each device is or was in. */
  const logsOf = new Map<string, Set<Log>>();
  /** How many conversations each organisation has opened. */
  const openedBy = new Map<string, number>();
  /** Bytes of the kept payloads that each organisation has brought. */
  const sizes = new Map<string, number>();
  const bring = (organisation: string, bytes: number): void =>
    void sizes.set(organisation, (sizes.get(organisation) ?? 0) + bytes);

  return {
    situation({ conversation, device, epoch, payloadHash }) {
      const log = logs.get(hex(conversation));
      const seq = log?.seqOf.get(placeOf(epoch, payloadHash));
      const entry = seq === undefined ? undefined : log?.entries[seq - 1];
      return {
        log: log?.state,
        kept: log === undefined ? 0 : log.entries.length - log.pruned,
        opened: log === undefined ? (openedBy.get(organisationOf(device)) ?? 0) : 0,
        brought: sizes.get(organisationOf(device)) ?? 0,
        earlier: entry && { seq: entry.header.seq, acceptedAt: entry.header.acceptedAt },
        span: log?.spans.get(device)?.at(-1),
      };
    },

    write({ entry, log: state, group, added, removed }, device) {
      const { conversation, seq, payloadHash } = entry.header;
      const key = hex(conversation);
      let log = logs.get(key);
      if (log === undefined) {
        log = {
          conversation,
          state,
          records: new Map(),
          groupInfo: undefined,
          entries: [],
          broughtBy: [],
          lookedAt: 0,
          pruned: 0,
          seqOf: new Map(),
          spans: new Map(),
        };
        logs.set(key, log);
        openedBy.set(organisationOf(device), (openedBy.get(organisationOf(device)) ?? 0) + 1);
      }
      log.entries.push(entry);
      log.broughtBy.push(organisationOf(device));
      bring(organisationOf(device), entry.payload.length);
      log.seqOf.set(placeOf(entry.header.epoch, payloadHash), seq);
      log.state = state;
      if (group !== undefined) changeGroup(log, group);
      for (const device of removed) endSpan(log, device, seq);
      for (const device of added) {
        log.spans.set(device, [...(log.spans.get(device) ?? []), { since: seq, until: undefined }]);
        logsOf.set(device, (logsOf.get(device) ?? new Set()).add(log));
      }
    },

    prune(acceptedBefore, maximum) {
      let count = 0;
      for (const log of logs.values()) {
        // Times never decrease within a log.
        for (; count < maximum; log.lookedAt++) {
          const entry = log.entries[log.lookedAt];
          if (entry === undefined || entry.header.acceptedAt >= acceptedBefore) break;
          if (!isPrunable(entry)) continue;
          log.entries[log.lookedAt] = { ...entry, payload: undefined };
          log.state = { ...log.state, size: log.state.size - entry.payload.length };
          bring(log.broughtBy[log.lookedAt] as string, -entry.payload.length);
          log.pruned += 1;
          count += 1;
        }
      }
      return count;
    },

    readLog({ conversation, device, after, maximumEntries, maximumBytes }) {
      const log = logs.get(hex(conversation));
      const spans = log?.spans.get(device);
      if (log === undefined || spans === undefined) return undefined;
      const span = spans.find(({ until }) => until === undefined || until > after) ?? (spans.at(-1) as Span);
      const end = span.until ?? log.state.seq;
      const entries: StoredEntry[] = [];
      let bytes = 0;
      for (let seq = Math.max(span.since, after + 1); seq <= end; seq++) {
        const entry = log.entries[seq - 1] as StoredEntry;
        bytes += entry.payload?.length ?? 0;
        if (entries.length >= maximumEntries || (entries.length > 0 && bytes > maximumBytes)) break;
        entries.push(entry);
      }
      const last = entries.at(-1) ?? (log.entries[end - 1] as StoredEntry);
      return { entries, last: { seq: last.header.seq, hash: last.hash } };
    },

    readGroup(conversation) {
      const log = logs.get(hex(conversation));
      if (log === undefined) return undefined;
      const { state, records, groupInfo } = log;
      return { handshakeSeq: state.handshakeSeq, records: new Map(records), groupInfo };
    },

    readableLogs(device) {
      return [...(logsOf.get(device) ?? [])].map((log) => {
        const until = log.spans.get(device)?.at(-1)?.until;
        const seq = until ?? log.state.seq;
        const { hash } = log.entries[seq - 1] as StoredEntry;
        return { conversation: log.conversation, seq, hash, ended: until !== undefined };
      });
    },
  };
}

function isPrunable(entry: StoredEntry): entry is NewEntry {
  const { kind } = entry.header;
  return (kind === "application" || kind === "receipt") && entry.payload !== undefined;
}

function changeGroup(log: Log, { records, groupInfo }: GroupChange): void {
  for (const change of records) {
    if ("put" in change) log.records.set(change.put, change.value);
    else if ("remove" in change) log.records.delete(change.remove);
    else {
      const prefix = `${change.removeAll}/`;
      for (const key of [...log.records.keys()]) if (key.startsWith(prefix)) log.records.delete(key);
    }
  }
  log.groupInfo = groupInfo ?? log.groupInfo;
}

function placeOf(epoch: bigint, payloadHash: Uint8Array): string {
  return `${epoch} ${hex(payloadHash)}`;
}

function endSpan(log: Log, device: string, until: number): void {
  const spans = log.spans.get(device) ?? [];
  log.spans.set(
    device,
    spans.map((span) => (span.until === undefined ? { ...span, until } : span)),
  );
}
