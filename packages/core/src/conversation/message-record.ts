import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import type { MessageOpening } from "../mls/private-message.ts";
import { readName, writeName } from "../wire/name.ts";
import type { DeviceName } from "./identity.ts";

/** A message, or an acknowledgement, as it stands in the log, with what proves who signed it. */
export interface MessageRecord {
  /** Its place in the log. */
  readonly seq: number;
  /** 32 bytes (MIMI message id); zero where the content could not be read. */
  readonly id: Uint8Array;
  readonly author: DeviceName;
  /** The author's leaf in `epoch`. */
  readonly leaf: number;
  readonly epoch: bigint;
  /** When the relay accepted it, milliseconds. */
  readonly acceptedAt: number;
  /** The framed content that the author signed; empty where it could not be read. */
  readonly content: Uint8Array;
  /** The author's signature over FramedContentTBS (RFC 9420 §6.1), kept as evidence. */
  readonly signature: Uint8Array;
  /** What makes the entry's payload again from the content, kept as evidence; `undefined` where it could not be read. */
  readonly opening: MessageOpening | undefined;
  /** Why the entry could not be read here: an error code. Empty where it could. */
  readonly problem: string;
}

/** The bytes of a message record. */
export function encodeMessageRecord(record: MessageRecord): Uint8Array {
  return encode(writeMessageRecord, record);
}

/** A message record from its bytes. Throws `malformed`. */
export function decodeMessageRecord(bytes: Uint8Array): MessageRecord {
  return decode(readMessageRecord, bytes);
}

/** The bytes of a place record: where in the log the message of an id is. */
export function encodePlace(seq: number): Uint8Array {
  return encode((writer: Writer) => void writer.safe(seq), undefined);
}

/** The place from its record. Throws `malformed`. */
export function decodePlace(bytes: Uint8Array): number {
  return decode((reader) => reader.safe(), bytes);
}

/** The bytes of a record that names another record of the conversation. */
export function encodeRecordName(name: string): Uint8Array {
  return encode(writeName, name);
}

/** The other record's name. Throws `malformed`. */
export function decodeRecordName(bytes: Uint8Array): string {
  return decode(readName, bytes);
}

function writeMessageRecord(writer: Writer, record: MessageRecord): void {
  writer.u8(1).safe(record.seq).raw(record.id);
  writeDeviceName(writer, record.author);
  writer
    .u32(record.leaf)
    .u64(record.epoch)
    .safe(record.acceptedAt)
    .bytes(record.content)
    .bytes(record.signature)
    .optional(record.opening, writeOpening);
  writeName(writer, record.problem);
}

function readMessageRecord(reader: Reader): MessageRecord {
  readRecordVersion(reader);
  return {
    seq: reader.safe(),
    id: reader.raw(32),
    author: readDeviceName(reader),
    leaf: reader.u32(),
    epoch: reader.u64(),
    acceptedAt: reader.safe(),
    content: reader.bytes(),
    signature: reader.bytes(),
    opening: reader.optional(readOpening),
    problem: readName(reader),
  };
}

/** Encodes what makes an encrypted message again. */
export function writeOpening(writer: Writer, opening: MessageOpening): void {
  const { key, nonce, encryptedSenderData, length, authenticatedData } = opening;
  writer.bytes(key).bytes(nonce).bytes(encryptedSenderData).u32(length).bytes(authenticatedData);
}

/** Decodes what makes an encrypted message again. Throws `malformed`. */
export function readOpening(reader: Reader): MessageOpening {
  return {
    key: reader.bytes(),
    nonce: reader.bytes(),
    encryptedSenderData: reader.bytes(),
    length: reader.u32(),
    authenticatedData: reader.bytes(),
  };
}

/** Encodes a device's name. */
export function writeDeviceName(writer: Writer, name: DeviceName): void {
  writeName(writer, name.person);
  writeName(writer, name.device);
}

/** Decodes a device's name. Throws `malformed` or `too-large`. */
export function readDeviceName(reader: Reader): DeviceName {
  return { person: readName(reader), device: readName(reader) };
}

/** Reads the version that every record begins with. Throws `malformed` where it is from a later version of Readback. */
export function readRecordVersion(reader: Reader): void {
  if (reader.u8() !== 1) throw new ReadbackError("malformed", "A stored record is of another version.");
}
