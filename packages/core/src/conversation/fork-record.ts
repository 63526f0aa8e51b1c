import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { readLogHead, writeLogHead } from "../wire/entry.ts";
import { readPage, writePage } from "./log-page.ts";
import { readDeviceName, readRecordVersion, writeDeviceName } from "./message-record.ts";
import type { Fork, Unverified } from "./state.ts";

/** The bytes of the fork record. */
export function encodeFork(fork: Fork): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).safe(fork.seq).safe(fork.at).optional(fork.by, writeDeviceName);
    writePage(writer, fork.other);
    writer.u8((fork.isPassed ? 1 : 0) + (fork.own ? 2 : 0));
    if (fork.own) writePage(writer, fork.own);
  }, undefined);
}

/** The fork from its record. Throws `malformed`. */
export function decodeFork(bytes: Uint8Array): Fork {
  return decode((reader: Reader) => {
    readRecordVersion(reader);
    const [seq, at, by] = [reader.safe(), reader.safe(), reader.optional(readDeviceName)];
    const [other, flags] = [readPage(reader), reader.u8()];
    return { seq, at, by, other, own: flags & 2 ? readPage(reader) : undefined, isPassed: flags % 2 === 1 };
  }, bytes);
}

/** The bytes of the record of a head that is yet to be compared. */
export function encodeUnverified({ place, by, head }: Unverified): Uint8Array {
  return encode((writer: Writer) => {
    writeDeviceName(writer.u8(1).safe(place), by);
    writeLogHead(writer, head);
  }, undefined);
}

/** A head that is yet to be compared from its record. Throws `malformed`. */
export function decodeUnverified(bytes: Uint8Array): Unverified {
  return decode((reader: Reader) => {
    readRecordVersion(reader);
    return { place: reader.safe(), by: readDeviceName(reader), head: readLogHead(reader) };
  }, bytes);
}
