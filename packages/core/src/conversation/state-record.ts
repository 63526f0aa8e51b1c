import { decode, type Reader } from "../codec/reader.ts";
import { fromUtf8, utf8 } from "../codec/utf8.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { identifierSize } from "../wire/entry.ts";
import { readName, writeName } from "../wire/name.ts";
import {
  readDeviceName,
  readOpening,
  readRecordVersion,
  writeDeviceName,
  writeOpening,
} from "./message-record.ts";
import type {
  ConversationState,
  Creation,
  Intent,
  Member,
  Outgoing,
  Phase,
  Staged,
  Submission,
} from "./state.ts";

const phases: readonly Phase[] = ["creating", "active", "leaving", "left", "halted", "frozen", "moved"];
const intentTypes = [
  "add",
  "remove",
  "leave",
  "commit-proposals",
  "rejoin",
  "update",
  "reinit",
  "open",
] as const;

/** The part of the state that its own record holds; the rest has records of its own. */
export type StateRecord = Pick<
  ConversationState,
  | "id"
  | "self"
  | "phase"
  | "subject"
  | "hub"
  | "position"
  | "reported"
  | "due"
  | "nextNumber"
  | "deviceCounter"
  | "givenUp"
  | "leafUpdate"
  | "pruned"
  | "keptFrom"
>;

/** The bytes of the state record. */
export function encodeStateRecord(state: StateRecord): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).raw(state.id);
    writeDeviceName(writer, state.self);
    writer.u8(phases.indexOf(state.phase)).bytes(utf8(state.subject));
    writeName(writer, state.hub.relay);
    writer
      .bytes(state.hub.logKey)
      .safe(state.position.seq)
      .raw(state.position.hash)
      .safe(state.position.acceptedAt);
    for (const { stored, displayed } of [state.reported, state.due]) writer.safe(stored).safe(displayed);
    writer.safe(state.nextNumber).safe(state.deviceCounter);
    writer.list(state.givenUp, (w, count) => w.safe(count));
    writer.safe(state.leafUpdate.dueAt).u8(state.leafUpdate.isUsed ? 1 : 0);
    writer.safe(state.pruned.inEpoch).safe(state.pruned.last);
    writer.safe(state.keptFrom);
  }, undefined);
}

/** The state record from its bytes. Throws `malformed`. */
export function decodeStateRecord(bytes: Uint8Array): StateRecord {
  return decode((reader) => {
    readRecordVersion(reader);
    const id = reader.raw(identifierSize);
    const self = readDeviceName(reader);
    const phase = choice(phases, reader.u8());
    const subject = fromUtf8(reader.bytes());
    const hub = { relay: readName(reader), logKey: reader.bytes() };
    const position = { seq: reader.safe(), hash: reader.raw(identifierSize), acceptedAt: reader.safe() };
    const reported = { stored: reader.safe(), displayed: reader.safe() };
    const due = { stored: reader.safe(), displayed: reader.safe() };
    const [nextNumber, deviceCounter] = [reader.safe(), reader.safe()];
    const givenUp = reader.list((r) => r.safe());
    const leafUpdate = { dueAt: reader.safe(), isUsed: choice([false, true], reader.u8()) };
    const pruned = { inEpoch: reader.safe(), last: reader.safe() };
    const counts = { nextNumber, deviceCounter, givenUp, keptFrom: reader.safe() };
    return { id, self, phase, subject, hub, position, reported, due, ...counts, leafUpdate, pruned };
  }, bytes);
}

/** The bytes of the members record. */
export function encodeMembers(members: readonly Member[]): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).list(members, (w, member) => {
      writeDeviceName(w, member);
      w.u32(member.leaf).safe(member.since);
      w.optional(member.until, (v, until) => v.safe(until)).safe(member.counted);
    });
  }, undefined);
}

/** The members from their record. Throws `malformed`. */
export function decodeMembers(bytes: Uint8Array): Member[] {
  return decode((reader) => {
    readRecordVersion(reader);
    return reader.list((r) => ({
      ...readDeviceName(r),
      leaf: r.u32(),
      since: r.safe(),
      until: r.optional((v) => v.safe()),
      counted: r.safe(),
    }));
  }, bytes);
}

/** Encodes a submission. */
export function writeSubmission(writer: Writer, submission: Submission): void {
  writer.u64(submission.epoch).bytes(submission.payload).raw(submission.payloadHash);
}

/** Decodes a submission. Throws `malformed`. */
export function readSubmission(reader: Reader): Submission {
  return { epoch: reader.u64(), payload: reader.bytes(), payloadHash: reader.raw(identifierSize) };
}

/** The bytes of the creation record. */
export function encodeCreation({ welcome, groupInfo, ...submission }: Creation): Uint8Array {
  return encode((writer: Writer) => {
    writeSubmission(writer.u8(1), submission);
    writer.optional(welcome, (w, bytes) => w.bytes(bytes)).optional(groupInfo, (w, bytes) => w.bytes(bytes));
  }, undefined);
}

/** What opens a log from its record. Throws `malformed`. */
export function decodeCreation(bytes: Uint8Array): Creation {
  return decode((reader) => {
    readRecordVersion(reader);
    const submission = readSubmission(reader);
    const [welcome, groupInfo] = [reader.optional((r) => r.bytes()), reader.optional((r) => r.bytes())];
    return { ...submission, welcome, groupInfo };
  }, bytes);
}

/** The bytes of an outgoing record. */
export function encodeOutgoing(outgoing: Outgoing): Uint8Array {
  return encode((writer: Writer) => {
    writer
      .u8(1)
      .safe(outgoing.number)
      .u8(outgoing.kind === "receipt" ? 1 : 0)
      .raw(outgoing.id)
      .bytes(outgoing.content);
    writer
      .optional(outgoing.submission, writeSubmission)
      .optional(outgoing.signature, (w, bytes) => w.bytes(bytes))
      .optional(outgoing.opening, writeOpening);
  }, undefined);
}

/** An outgoing record from its bytes. Throws `malformed`. */
export function decodeOutgoing(bytes: Uint8Array): Outgoing {
  return decode((reader) => {
    readRecordVersion(reader);
    return {
      number: reader.safe(),
      kind: choice(["application", "receipt"] as const, reader.u8()),
      id: reader.raw(identifierSize),
      content: reader.bytes(),
      submission: reader.optional(readSubmission),
      signature: reader.optional((r) => r.bytes()),
      opening: reader.optional(readOpening),
    };
  }, bytes);
}

/** The bytes of an intent record. */
export function encodeIntent(intent: Intent): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).safe(intent.number).u8(intentTypes.indexOf(intent.type));
    writer.list(intent.type === "add" ? intent.keyPackages : [], (w, bytes) => w.bytes(bytes));
    writer.list(intent.type === "remove" ? intent.persons : [], writeName);
    if (intent.type === "reinit") writer.u16(intent.suite).list(intent.devices, writeName);
  }, undefined);
}

/** An intent record from its bytes. Throws `malformed`, or `too-large` where it holds what is of no use to its type. */
export function decodeIntent(bytes: Uint8Array): Intent {
  return decode((reader): Intent => {
    readRecordVersion(reader);
    const number = reader.safe();
    const type = choice(intentTypes, reader.u8());
    const keyPackages = reader.list((r) => r.bytes(), type === "add" ? undefined : 0);
    const persons = reader.list(readName, type === "remove" ? undefined : 0);
    if (type === "add") return { number, type, keyPackages };
    if (type === "reinit") return { number, type, suite: reader.u16(), devices: reader.list(readName) };
    return type === "remove" ? { number, type, persons } : { number, type };
  }, bytes);
}

/** The bytes of the staged record; the group after a commit has records of its own. */
export function encodeStaged(staged: Staged): Uint8Array {
  return encode((writer: Writer) => {
    writer
      .u8(1)
      .safe(staged.intent)
      .u8(staged.kind === "commit" ? 0 : 1);
    writeSubmission(writer, staged.submission);
    writer
      .optional(staged.welcome, (w, bytes) => w.bytes(bytes))
      .optional(staged.groupInfo, (w, bytes) => w.bytes(bytes));
    for (const leaves of [staged.removed, staged.added]) writer.list(leaves, (w, leaf) => w.u32(leaf));
    writer.u8(staged.isAddedAnew ? 1 : 0);
  }, undefined);
}

/** The staged record from its bytes, without the group. Throws `malformed`. */
export function decodeStaged(bytes: Uint8Array): Omit<Staged, "next"> {
  return decode((reader) => {
    readRecordVersion(reader);
    return {
      intent: reader.safe(),
      kind: choice(["commit", "proposal"] as const, reader.u8()),
      submission: readSubmission(reader),
      welcome: reader.optional((r) => r.bytes()),
      groupInfo: reader.optional((r) => r.bytes()),
      removed: reader.list((r) => r.u32()),
      added: reader.list((r) => r.u32()),
      isAddedAnew: choice([false, true], reader.u8()),
    };
  }, bytes);
}

function choice<T>(choices: readonly T[], index: number): T {
  const value = choices[index];
  if (value === undefined) throw new ReadbackError("malformed", "A stored record holds an unknown choice.");
  return value;
}
