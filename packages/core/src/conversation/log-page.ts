import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import {
  type EntryHeader,
  type LogHead,
  readEntryHeader,
  readLogHead,
  writeEntryHeader,
  writeLogHead,
} from "../wire/entry.ts";
import { readRecordVersion } from "./message-record.ts";
import { numbered, recordName } from "./record-name.ts";

/**
 * A gapless part of a log without its payloads, and the relay's signed word for its last entry: with the hashes in the
 * headers that proves every entry of the page. A device keeps all pages that it has processed.
 */
export interface LogPage {
  /** In the order of the log; none only where the head stands for itself, in a proof. */
  readonly headers: readonly EntryHeader[];
  /** For the last of them. */
  readonly head: LogHead;
}

/** The name of a page's record: that of its last entry, so the page of an entry is the first one not before it. */
export function logPageName({ head }: LogPage): string {
  return numbered(recordName.page, head.seq);
}

/** The bytes of a page record. */
export function encodeLogPage(page: LogPage): Uint8Array {
  return encode((writer: Writer) => writePage(writer.u8(1), page), undefined);
}

/** A page from its record. Throws `malformed`. */
export function decodeLogPage(bytes: Uint8Array): LogPage {
  return decode((reader) => {
    readRecordVersion(reader);
    return readPage(reader);
  }, bytes);
}

/** Encodes a page. */
export function writePage(writer: Writer, page: LogPage): void {
  writer.list(page.headers, writeEntryHeader);
  writeLogHead(writer, page.head);
}

/** Decodes a page. Throws `malformed` or `too-large`. */
export function readPage(reader: Reader): LogPage {
  return { headers: reader.list(readEntryHeader), head: readLogHead(reader) };
}
