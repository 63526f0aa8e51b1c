import { fromHex, hex } from "../codec/hex.ts";
import { decodeContent } from "../conversation/content.ts";
import type { FaultReason } from "../conversation/fault-content.ts";
import { decodeLogPage, type LogPage } from "../conversation/log-page.ts";
import { decodePlaces, placeIn } from "../conversation/message-places.ts";
import { decodeMessageRecord, decodeRecordName, type MessageRecord } from "../conversation/message-record.ts";
import { numbered, numberIn, numberPart, recordName } from "../conversation/record-name.ts";
import { type Engine, familyKey } from "./engine.ts";

/** Parts of the list of messages by their ids that are read at once. */
const placesAtOnce = 16;

/** Which part of a conversation's history to read. */
export interface HistoryRange {
  /** Only messages before this place in the log. */
  readonly before?: number;
  /** Only messages after this place in the log. */
  readonly after?: number;
  /** At most this many. */
  readonly limit: number;
}

/**
 * Messages in the order of the log: with `after` the ones that follow it, otherwise the newest ones (before `before`).
 * Reads from the store, page by page; nothing is kept in memory.
 */
export async function readMessages(
  engine: Engine,
  id: string,
  range: HistoryRange,
): Promise<MessageRecord[]> {
  const prefix = familyKey(id, recordName.message);
  const at = (seq: number): string => `${prefix}/${numberPart(seq)}`;
  if (range.after !== undefined) {
    const entries = await engine.vault.list(prefix, { after: at(range.after), limit: range.limit });
    const records = entries.map(({ value }) => decodeMessageRecord(value));
    return records.filter(({ seq }) => range.before === undefined || seq < range.before);
  }
  const start = range.before === undefined ? {} : { after: at(range.before) };
  const entries = await engine.vault.list(prefix, { ...start, limit: range.limit, descending: true });
  return entries.map(({ value }) => decodeMessageRecord(value)).reverse();
}

/** The message at a place in the log, or `undefined` where there is none. */
export async function readMessage(
  engine: Engine,
  id: string,
  seq: number,
): Promise<MessageRecord | undefined> {
  const value = await engine.vault.read(`${familyKey(id, recordName.message)}/${numberPart(seq)}`);
  return value && decodeMessageRecord(value);
}

/**
 * The place of a message in the log by its id in hexadecimal, the first one where its device has said it twice;
 * `undefined` where the log does not have it here.
 */
export async function readSeq(engine: Engine, id: string, messageId: string): Promise<number | undefined> {
  const prefix = familyKey(id, recordName.places);
  const wanted = fromHex(messageId);
  let found: number | undefined;
  let after: string | undefined;
  for (;;) {
    // What is asked for is new more often than old.
    const options = { limit: placesAtOnce, descending: true, ...(after === undefined ? {} : { after }) };
    const parts = await engine.vault.list(prefix, options);
    for (const { key, value } of parts) {
      const seq = placeIn(decodePlaces(value), wanted);
      found = seq ?? found;
      if (seq !== undefined && !(await isRepeated(engine, id, seq))) return seq;
      after = key;
    }
    if (parts.length < placesAtOnce) return found;
  }
}

/** Whether the message at a place in the log may stand at an earlier one too. */
async function isRepeated(engine: Engine, id: string, seq: number): Promise<boolean> {
  return (await engine.vault.read(familyKey(id, numbered(recordName.repeated, seq)))) !== undefined;
}

/** Of messages in the order of the log, those that this device has at an earlier place too. */
export async function readRepetitions(
  engine: Engine,
  id: string,
  records: readonly MessageRecord[],
): Promise<Set<number>> {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return new Set();
  const family = familyKey(id, recordName.repeated);
  const range = { after: `${family}/${numberPart(first.seq - 1)}`, limit: records.length };
  const marked = new Set((await engine.vault.list(family, range)).map(({ key }) => numberIn(key)));
  const repetitions = new Set<number>();
  for (const record of records) {
    if (marked.has(record.seq) && (await readSeq(engine, id, hex(record.id))) !== record.seq)
      repetitions.add(record.seq);
  }
  return repetitions;
}

/** The stored page that an entry of the log is in, with the head that vouches for it; `undefined` where there is none. */
export async function readLogPage(engine: Engine, id: string, seq: number): Promise<LogPage | undefined> {
  const prefix = familyKey(id, recordName.page);
  const [entry] = await engine.vault.list(prefix, { after: `${prefix}/${numberPart(seq - 1)}`, limit: 1 });
  const page = entry && decodeLogPage(entry.value);
  return page?.headers.some((header) => header.seq === seq) ? page : undefined;
}

/** What this device has said at a place in the log that is no message of its own, or `undefined` where it has not. */
export async function readSaid(engine: Engine, id: string, seq: number): Promise<MessageRecord | undefined> {
  const name = await engine.vault.read(`${familyKey(id, recordName.said)}/${numberPart(seq)}`);
  const value = name && (await engine.vault.read(familyKey(id, decodeRecordName(name))));
  return value && decodeMessageRecord(value);
}

/** Who has said that they cannot read the message at a place in the log, and why, in the order of the log. */
export async function readFaults(
  engine: Engine,
  id: string,
  seq: number,
): Promise<{ readonly record: MessageRecord; readonly reason: FaultReason }[]> {
  const missed = familyKey(id, recordName.missed);
  const entries = [
    ...(await engine.vault.list(`${familyKey(id, recordName.fault)}/${numberPart(seq)}`)),
    // Named for when the device had its place again: what it has missed came before that.
    ...(await engine.vault.list(missed, { after: `${missed}/${numberPart(seq)}` })),
  ];
  const faults = entries.flatMap(({ value }) => {
    const record = decodeMessageRecord(value);
    const content = decodeContent(record.content);
    const list = content.type === "fault" ? content.faults : [];
    const fault = list.find(({ from, seq: to }) => from <= seq && seq <= to);
    return fault === undefined ? [] : [{ record, reason: fault.reason }];
  });
  return faults.sort((a, b) => a.record.seq - b.record.seq);
}

/** What was answered to the message at a place in the log, in the order of the log. */
export async function readAnswers(engine: Engine, id: string, seq: number): Promise<MessageRecord[]> {
  const entries = await engine.vault.list(`${familyKey(id, recordName.answer)}/${numberPart(seq)}`);
  return entries.map(({ value }) => decodeMessageRecord(value));
}
