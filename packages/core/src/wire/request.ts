import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { type EntryKind, identifierSize, readEntryKind, writeEntryKind } from "./entry.ts";
import { readFlag, writeFlag } from "./flag.ts";
import { maximumListLength } from "./limits.ts";
import { readName, writeName } from "./name.ts";

/** Where a device stands in one conversation's log. */
export interface Cursor {
  readonly conversation: Uint8Array;
  /** The last entry it holds. */
  readonly seq: number;
}

/** Stores key packages: one-time ones, and the last-resort one that is handed out when they run out (RFC 9420 §16.8). */
export interface PublishRequest {
  readonly type: "publish";
  /** Whether the relay first forgets the key packages of this device that it holds. */
  readonly replaces: boolean;
  readonly keyPackages: readonly Uint8Array[];
  /** Replaces the one before it. */
  readonly lastResort: Uint8Array | undefined;
}

/** Takes one key package for each device of each person; a one-time key package is handed out exactly once. */
export interface ClaimRequest {
  readonly type: "claim";
  readonly suite: number;
  readonly persons: readonly string[];
  /** Full names (person, a slash, device) of devices that need none, for instance since they are members already. */
  readonly except: readonly string[];
}

/**
 * Opens a conversation's log: with a group of its creator alone, in epoch 0, or with one that has its members already, in
 * epoch 1. Then there is one entry for all of it, so that it comes to be as a whole or not at all.
 */
export interface CreateRequest {
  readonly type: "create";
  readonly conversation: Uint8Array;
  /** 0 or 1. */
  readonly epoch: bigint;
  /** An MLSMessage that holds the GroupInfo of this epoch, tree included, signed by the creator. */
  readonly payload: Uint8Array;
  /** In epoch 1: an MLSMessage that holds the Welcome for everybody else, routed once the log is open. */
  readonly welcome: Uint8Array | undefined;
  /** In epoch 1: as with a commit. */
  readonly groupInfo: Uint8Array | undefined;
}

/** Appends to a log if it is still in `epoch`. A repeated payload gets the first answer again. */
export interface AppendRequest {
  readonly type: "append";
  readonly conversation: Uint8Array;
  readonly kind: Exclude<EntryKind, "create">;
  readonly epoch: bigint;
  readonly payload: Uint8Array;
  /** For commits that add: an MLSMessage that holds the Welcome, routed once the commit is accepted. */
  readonly welcome: Uint8Array | undefined;
  /** For commits: an MLSMessage that holds the GroupInfo of the new epoch, without the tree. */
  readonly groupInfo: Uint8Array | undefined;
}

/** Reads a log from just after `after`. */
export interface FetchRequest {
  readonly type: "fetch";
  readonly conversation: Uint8Array;
  readonly after: number;
  readonly limit: number;
}

/** Asks for what it takes to join the group of a conversation again without anybody's help (RFC 9420 §12.4.3.2). */
export interface GroupInfoRequest {
  readonly type: "group-info";
  readonly conversation: Uint8Array;
}

/**
 * Asks the relay to sign anew, with the time, where all logs end that the device reads. If that is what the device knows
 * already, the answer is short, however many logs there are.
 */
export interface EndsRequest {
  readonly type: "ends";
  /** 16 fresh random bytes, so that no old answer will do. */
  readonly nonce: Uint8Array;
  /** What the device has, see `digestOfEnds` of `@readback/core/log`. */
  readonly digest: Uint8Array;
}

/** Asks for everything new from now on, and how far each of the device's logs has come. */
export interface SubscribeRequest {
  readonly type: "subscribe";
  /** The last inbox item the device holds; the relay sends what came after it. */
  readonly inboxAfter: number;
}

/** Lets the relay forget inbox items up to and with this index. */
export interface AcknowledgeInboxRequest {
  readonly type: "acknowledge-inbox";
  readonly upTo: number;
}

/**
 * Asks, as the revocation service of an organisation, that one of its devices is let in no more: the relay forgets its key
 * packages and ends its connections, and says which conversations it is a member of.
 */
export interface RevokeRequest {
  readonly type: "revoke";
  /** The full name: person, a slash, the person's device. */
  readonly device: string;
  /** The last conversation that it has heard of, where there were too many for one answer. */
  readonly after: Uint8Array | undefined;
}

/** Everything a client may ask once it has logged in. */
export type Request =
  | PublishRequest
  | ClaimRequest
  | CreateRequest
  | AppendRequest
  | FetchRequest
  | SubscribeRequest
  | AcknowledgeInboxRequest
  | GroupInfoRequest
  | EndsRequest
  | RevokeRequest;

/** Bytes of the nonce of an {@link EndsRequest}. */
export const nonceSize = 16;

const types = [
  "publish",
  "claim",
  "create",
  "append",
  "fetch",
  "subscribe",
  "acknowledge-inbox",
  "group-info",
  "ends",
  "revoke",
] as const;

/** Encodes a request. */
export function writeRequest(writer: Writer, request: Request): void {
  writer.u8(types.indexOf(request.type));
  switch (request.type) {
    case "publish":
      writeFlag(writer, request.replaces);
      writer
        .list(request.keyPackages, (w, bytes) => w.bytes(bytes))
        .optional(request.lastResort, (w, bytes) => w.bytes(bytes));
      return;
    case "claim":
      writer.u16(request.suite).list(request.persons, writeName).list(request.except, writeName);
      return;
    case "create":
      writer
        .raw(request.conversation)
        .u64(request.epoch)
        .bytes(request.payload)
        .optional(request.welcome, (w, bytes) => w.bytes(bytes))
        .optional(request.groupInfo, (w, bytes) => w.bytes(bytes));
      return;
    case "append":
      writer.raw(request.conversation);
      writeEntryKind(writer, request.kind);
      writer
        .u64(request.epoch)
        .bytes(request.payload)
        .optional(request.welcome, (w, bytes) => w.bytes(bytes))
        .optional(request.groupInfo, (w, bytes) => w.bytes(bytes));
      return;
    case "fetch":
      writer.raw(request.conversation).safe(request.after).u32(request.limit);
      return;
    case "subscribe":
      writer.safe(request.inboxAfter);
      return;
    case "acknowledge-inbox":
      writer.safe(request.upTo);
      return;
    case "group-info":
      writer.raw(request.conversation);
      return;
    case "ends":
      writer.raw(request.nonce).raw(request.digest);
      return;
    case "revoke":
      writeName(writer, request.device);
      writer.optional(request.after, (w, conversation) => w.raw(conversation));
  }
}

/** Decodes a request. Throws `malformed` or `too-large`. */
export function readRequest(reader: Reader): Request {
  const type = types[reader.u8()];
  switch (type) {
    case "publish":
      return {
        type,
        replaces: readFlag(reader),
        keyPackages: reader.list((r) => r.bytes(), maximumListLength),
        lastResort: reader.optional((r) => r.bytes()),
      };
    case "claim":
      return {
        type,
        suite: reader.u16(),
        persons: reader.list(readName, maximumListLength),
        except: reader.list(readName, maximumListLength),
      };
    case "create":
      return {
        type,
        conversation: reader.raw(identifierSize),
        epoch: reader.u64(),
        payload: reader.bytes(),
        welcome: reader.optional((r) => r.bytes()),
        groupInfo: reader.optional((r) => r.bytes()),
      };
    case "append":
      return {
        type,
        conversation: reader.raw(identifierSize),
        kind: readAppendKind(reader),
        epoch: reader.u64(),
        payload: reader.bytes(),
        welcome: reader.optional((r) => r.bytes()),
        groupInfo: reader.optional((r) => r.bytes()),
      };
    case "fetch":
      return { type, conversation: reader.raw(identifierSize), after: reader.safe(), limit: reader.u32() };
    case "subscribe":
      return {
        type,
        inboxAfter: reader.safe(),
      };
    case "acknowledge-inbox":
      return { type, upTo: reader.safe() };
    case "group-info":
      return { type, conversation: reader.raw(identifierSize) };
    case "ends":
      return { type, nonce: reader.raw(nonceSize), digest: reader.raw(identifierSize) };
    case "revoke":
      return { type, device: readName(reader), after: reader.optional((r) => r.raw(identifierSize)) };
    default:
      throw new ReadbackError("malformed", "A request is of an unknown type.");
  }
}

function readAppendKind(reader: Reader): AppendRequest["kind"] {
  const kind = readEntryKind(reader);
  if (kind === "create") throw new ReadbackError("malformed", "A log is opened by a create request only.");
  return kind;
}
