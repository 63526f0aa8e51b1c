import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { maximumMessageSize, maximumNameSize } from "./limits.ts";
import { readName, writeName } from "./name.ts";
import { protocolVersion } from "./version.ts";

/** What a log entry carries. `create` holds the GroupInfo of the first epoch, `commit` and `proposal` a PublicMessage, `application` and `receipt` a PrivateMessage, `fault` a CommitFault. */
export type EntryKind = "create" | "commit" | "proposal" | "application" | "receipt" | "fault";

const kinds: readonly EntryKind[] = ["create", "commit", "proposal", "application", "receipt", "fault"];

/** The number of an entry kind in `EntryTBS`. */
export function entryKindNumber(kind: EntryKind): number {
  return kinds.indexOf(kind);
}

/** Bytes of a conversation's identifier, and of every hash in the log. */
export const identifierSize = 32;

/** The part of a log entry that its hash covers (profile RB-1, `EntryTBS`). */
export interface EntryHeader {
  /** 32 bytes: the id of the group. */
  readonly conversation: Uint8Array;
  /** 1 for the first entry, then without a gap. */
  readonly seq: number;
  /** The entry hash before it; 32 zero bytes for the first. */
  readonly previousHash: Uint8Array;
  readonly kind: EntryKind;
  /** The epoch the payload was made in. */
  readonly epoch: bigint;
  /** SHA-256 of the payload; also makes a repeated submission recognisable. */
  readonly payloadHash: Uint8Array;
  /** When the relay accepted it, milliseconds; never decreases within a log. */
  readonly acceptedAt: number;
  /** The name of the relay that accepted it. */
  readonly relay: string;
}

/** One entry of a conversation's log. The payload may have been pruned; its hash stays. */
export interface LogEntry {
  readonly header: EntryHeader;
  readonly payload: Uint8Array | undefined;
}

/** The relay's signed word that entry `seq` of its log of a conversation has this hash (profile RB-1, `Head`). */
export interface LogHead {
  readonly conversation: Uint8Array;
  readonly seq: number;
  readonly entryHash: Uint8Array;
  /** When the relay signed it, milliseconds. */
  readonly signedAt: number;
  /** Over {@link writeHeadContent} with the label `RB-1 Head`. */
  readonly signature: Uint8Array;
}

/** Encodes `EntryTBS`. */
export function writeEntryHeader(writer: Writer, header: EntryHeader): void {
  writer
    .u16(protocolVersion)
    .raw(header.conversation)
    .safe(header.seq)
    .raw(header.previousHash)
    .u8(entryKindNumber(header.kind))
    .u64(header.epoch)
    .raw(header.payloadHash)
    .safe(header.acceptedAt);
  writeName(writer, header.relay);
}

/** Decodes `EntryTBS`. Throws `malformed`. */
export function readEntryHeader(reader: Reader): EntryHeader {
  if (reader.u16() !== protocolVersion)
    throw new ReadbackError("malformed", "A log entry has another version.");
  const conversation = reader.raw(identifierSize);
  const seq = reader.safe();
  const previousHash = reader.raw(identifierSize);
  const kind = readEntryKind(reader);
  const epoch = reader.u64();
  const payloadHash = reader.raw(identifierSize);
  return {
    conversation,
    seq,
    previousHash,
    kind,
    epoch,
    payloadHash,
    acceptedAt: reader.safe(),
    relay: readName(reader),
  };
}

/** Encodes an entry with or without its payload. */
export function writeLogEntry(writer: Writer, entry: LogEntry): void {
  writeEntryHeader(writer, entry.header);
  writer.optional(entry.payload, (w, payload) => w.bytes(payload));
}

/** Decodes an entry. Throws `malformed` or `too-large`. */
export function readLogEntry(reader: Reader): LogEntry {
  const header = readEntryHeader(reader);
  return { header, payload: reader.optional((r) => r.bytes(maximumMessageSize.afterLogin, "view")) };
}

/** Encodes what the relay signs. */
export function writeHeadContent(writer: Writer, head: Omit<LogHead, "signature">): void {
  writer.raw(head.conversation).safe(head.seq).raw(head.entryHash).safe(head.signedAt);
}

/** Encodes a signed head. */
export function writeLogHead(writer: Writer, head: LogHead): void {
  writeHeadContent(writer, head);
  writer.bytes(head.signature);
}

/** Decodes a signed head. Throws `malformed` or `too-large`. */
export function readLogHead(reader: Reader): LogHead {
  return {
    conversation: reader.raw(identifierSize),
    seq: reader.safe(),
    entryHash: reader.raw(identifierSize),
    signedAt: reader.safe(),
    signature: reader.bytes(maximumNameSize),
  };
}

/** Encodes an entry kind. */
export function writeEntryKind(writer: Writer, kind: EntryKind): void {
  writer.u8(entryKindNumber(kind));
}

/** Decodes an entry kind. Throws `malformed`. */
export function readEntryKind(reader: Reader): EntryKind {
  const kind = kinds[reader.u8()];
  if (kind === undefined) throw new ReadbackError("malformed", "A log entry is of an unknown kind.");
  return kind;
}
