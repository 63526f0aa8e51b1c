import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { type AnnouncedService, readAnnouncedService, writeAnnouncedService } from "./announced-service.ts";
import {
  identifierSize,
  type LogEntry,
  type LogHead,
  readLogEntry,
  readLogHead,
  writeLogEntry,
  writeLogHead,
} from "./entry.ts";
import { readFlag, writeFlag } from "./flag.ts";
import { maximumListLength, maximumNameSize, maximumPageLength } from "./limits.ts";
import { readName, writeName } from "./name.ts";
import type { Cursor } from "./request.ts";

/** Why a relay did not do what was asked. Stable; a newer relay may send others, which read as `refused`. */
export type RefusalCode =
  /** Not allowed, or for a device that is no member. */
  | "not-allowed"
  /** The relay has no such conversation, or the device never was a member. */
  | "unknown-conversation"
  /** The handshake breaks a rule of RFC 9420. */
  | "invalid-handshake"
  /** A commit leaves out proposals that must be in it. */
  | "missing-proposals"
  /** A commit must come first: proposals wait that remove a member. */
  | "commit-first"
  | "too-large"
  /** Too much in too little time: ask again later. */
  | "rate-limited"
  /** The relay cannot do it now: full, draining, failing. Ask again later. */
  | "unavailable"
  /** The conversation, or the organisation, has used up what the relay keeps for it. */
  | "quota-exceeded"
  /** A Welcome of this conversation waits for the device: it gives the place that was asked for. */
  | "welcome-first"
  /** The group has ended: nothing is said there any more. */
  | "ended"
  | "refused";

const refusals: readonly RefusalCode[] = [
  "refused",
  "not-allowed",
  "unknown-conversation",
  "invalid-handshake",
  "missing-proposals",
  "commit-first",
  "too-large",
  "rate-limited",
  "unavailable",
  "quota-exceeded",
  "welcome-first",
  "ended",
];

/** One device's share of a claim. */
export interface ClaimedDevice {
  /** The full name: person, a slash, the person's device. */
  readonly device: string;
  /** `undefined` where the device has none left, not even a last-resort one. */
  readonly keyPackage: Uint8Array | undefined;
}

/** One person's share of a claim. No devices: the relay does not know the person. */
export interface ClaimedPerson {
  readonly person: string;
  /** Whether the relay knows the person at all; `devices` may still be empty after exceptions. */
  readonly known: boolean;
  readonly devices: readonly ClaimedDevice[];
}

/** Where a log ends for a device. */
export interface LogEnd extends Cursor {
  /** The hash of entry `seq`. */
  readonly hash: Uint8Array;
}

/** What a relay says to a request. */
export type Answer =
  | { readonly type: "done" }
  | { readonly type: "refused"; readonly code: RefusalCode }
  /** The login was accepted. */
  | {
      readonly type: "welcome";
      readonly person: string;
      readonly device: string;
      /** References of the device's one-time key packages that are still to be handed out. */
      readonly keyPackages: readonly Uint8Array[];
      /** References of its last-resort key packages, one of each suite. */
      readonly lastResorts: readonly Uint8Array[];
      /** The relay's time, milliseconds: what it judges lifetimes by. */
      readonly now: number;
      /** Of the device's own domain, where there is one. */
      readonly services: readonly AnnouncedService[];
    }
  /** The login of the revocation service of a domain was accepted. */
  | { readonly type: "serving"; readonly domain: string; readonly now: number }
  | {
      readonly type: "claimed";
      readonly persons: readonly ClaimedPerson[];
      /** Of the persons' domains, where there are some. */
      readonly services: readonly AnnouncedService[];
    }
  /** To `create` and `append`: where it stands in the log, also when it had been accepted before. */
  | { readonly type: "appended"; readonly seq: number; readonly acceptedAt: number }
  /** To `append`: the log is in another epoch; nothing was appended. */
  | { readonly type: "epoch-changed"; readonly epoch: bigint }
  /** `head` is signed for the last entry of this page, or for the end of the log where the page is empty. */
  | { readonly type: "entries"; readonly entries: readonly LogEntry[]; readonly head: LogHead }
  /** To `group-info`: of the epoch that the log is in; the last committer has signed it. */
  | { readonly type: "group-info"; readonly groupInfo: Uint8Array; readonly ratchetTree: Uint8Array }
  /**
   * To `ends`: the relay's signature over device, nonce, digest and time (label `RB-1 Ends`). `ends` is left out where the
   * device has named their digest.
   */
  | {
      readonly type: "ends";
      readonly signedAt: number;
      readonly signature: Uint8Array;
      readonly ends: readonly LogEnd[] | undefined;
    }
  /** To `subscribe`: the heads of all logs that the device reads or may still read the end of. */
  | { readonly type: "subscribed"; readonly heads: readonly Cursor[] }
  /** To `revoke`: the first conversations that the device is a member of, in the order of their identifiers; it is let in no more. */
  | { readonly type: "revoked"; readonly conversations: readonly Uint8Array[] };

/** Bytes of a KeyPackageRef at most: the longest hash of the registered suites. */
const maximumReferenceSize = 64;

const types = [
  "done",
  "refused",
  "welcome",
  "claimed",
  "appended",
  "epoch-changed",
  "entries",
  "subscribed",
  "group-info",
  "ends",
  "serving",
  "revoked",
] as const;

/** Encodes an answer. */
export function writeAnswer(writer: Writer, answer: Answer): void {
  writer.u8(types.indexOf(answer.type));
  switch (answer.type) {
    case "done":
      return;
    case "refused":
      writer.u8(refusals.indexOf(answer.code));
      return;
    case "welcome":
      writeName(writer, answer.person);
      writeName(writer, answer.device);
      writer
        .list(answer.keyPackages, (w, reference) => w.bytes(reference))
        .list(answer.lastResorts, (w, reference) => w.bytes(reference))
        .safe(answer.now)
        .list(answer.services, writeAnnouncedService);
      return;
    case "serving":
      writeName(writer, answer.domain);
      writer.safe(answer.now);
      return;
    case "revoked":
      writer.list(answer.conversations, (w, conversation) => w.raw(conversation));
      return;
    case "claimed":
      writer.list(answer.persons, (w, person) => {
        writeName(w, person.person);
        writeFlag(w, person.known);
        w.list(person.devices, (v, device) => {
          writeName(v, device.device);
          v.optional(device.keyPackage, (u, bytes) => u.bytes(bytes));
        });
      });
      writer.list(answer.services, writeAnnouncedService);
      return;
    case "appended":
      writer.safe(answer.seq).safe(answer.acceptedAt);
      return;
    case "epoch-changed":
      writer.u64(answer.epoch);
      return;
    case "entries":
      writer.list(answer.entries, writeLogEntry);
      writeLogHead(writer, answer.head);
      return;
    case "subscribed":
      writer.list(answer.heads, (w, head) => w.raw(head.conversation).safe(head.seq));
      return;
    case "group-info":
      writer.bytes(answer.groupInfo).bytes(answer.ratchetTree);
      return;
    case "ends":
      writer.safe(answer.signedAt).bytes(answer.signature);
      writer.optional(answer.ends, (w, ends) => w.list(ends, writeLogEnd));
  }
}

/** Decodes an answer. Throws `malformed` or `too-large`. */
export function readAnswer(reader: Reader): Answer {
  const type = types[reader.u8()];
  switch (type) {
    case "done":
      return { type };
    case "refused":
      return { type, code: refusals[reader.u8()] ?? "refused" };
    case "welcome":
      return {
        type,
        person: readName(reader),
        device: readName(reader),
        keyPackages: reader.list((r) => r.bytes(maximumReferenceSize), maximumListLength),
        lastResorts: reader.list((r) => r.bytes(maximumReferenceSize), maximumListLength),
        now: reader.safe(),
        services: reader.list(readAnnouncedService, maximumListLength),
      };
    case "serving":
      return { type, domain: readName(reader), now: reader.safe() };
    case "revoked":
      return { type, conversations: reader.list((r) => r.raw(identifierSize)) };
    case "claimed":
      return {
        type,
        persons: reader.list(readClaimedPerson, maximumListLength),
        services: reader.list(readAnnouncedService, maximumListLength),
      };
    case "appended":
      return { type, seq: reader.safe(), acceptedAt: reader.safe() };
    case "epoch-changed":
      return { type, epoch: reader.u64() };
    case "entries":
      return { type, entries: reader.list(readLogEntry, maximumPageLength), head: readLogHead(reader) };
    case "subscribed":
      return { type, heads: reader.list((r) => ({ conversation: r.raw(identifierSize), seq: r.safe() })) };
    case "group-info":
      return { type, groupInfo: reader.bytes(), ratchetTree: reader.bytes() };
    case "ends":
      return {
        type,
        signedAt: reader.safe(),
        signature: reader.bytes(maximumNameSize),
        ends: reader.optional((r) => r.list(readLogEnd)),
      };
    default:
      throw new ReadbackError("malformed", "An answer is of an unknown type.");
  }
}

/** Encodes where a log ends. */
export function writeLogEnd(writer: Writer, { conversation, seq, hash }: LogEnd): void {
  writer.raw(conversation).safe(seq).raw(hash);
}

function readLogEnd(reader: Reader): LogEnd {
  return { conversation: reader.raw(identifierSize), seq: reader.safe(), hash: reader.raw(identifierSize) };
}

function readClaimedPerson(reader: Reader): ClaimedPerson {
  const person = readName(reader);
  const known = readFlag(reader);
  const devices = reader.list(
    (r) => ({ device: readName(r), keyPackage: r.optional((s) => s.bytes()) }),
    maximumListLength,
  );
  return { person, known, devices };
}
