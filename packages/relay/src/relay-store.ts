import type { Change } from "@readback/core/storage";
import type { ClaimedPerson, EntryHeader, InboxItem } from "@readback/core/wire";
import type { ServiceRecord } from "./service-record.ts";

/** A device that has logged in. */
export interface DeviceRecord {
  /** The full name (person, a slash, the person's device), unique among all devices. */
  readonly name: string;
  /** The person it belongs to. */
  readonly person: string;
  /** The cipher suite whose signature scheme `signatureKey` belongs to. */
  readonly suite: number;
  readonly signatureKey: Uint8Array;
}

/** What became of {@link RelayStore.register}. */
export type Registration =
  | {
      readonly type: "registered";
      /** The person's other devices, where this device is new and they were told of it in their inboxes. */
      readonly told: readonly string[];
      /** References of its one-time key packages that are still to be handed out, in any order. */
      readonly keyPackages: readonly Uint8Array[];
      /** References of its last-resort key packages, in any order. */
      readonly lastResorts: readonly Uint8Array[];
    }
  /** The name is bound to another key or to another person. */
  | { readonly type: "other-key" }
  /** The person, or the person's organisation, has as many devices as allowed. */
  | { readonly type: "too-many" }
  /** The device was revoked. */
  | { readonly type: "revoked" };

/** A key package that was checked. */
export interface KeyPackageRecord {
  /** The KeyPackageRef (RFC 9420 §5.2). */
  readonly reference: Uint8Array;
  readonly suite: number;
  /** From then on it is not handed out any more, milliseconds. */
  readonly expiresAt: number;
  readonly bytes: Uint8Array;
}

/** What {@link RelayStore.publish} stores. */
export interface Publication {
  readonly device: string;
  /** Whether all key packages that are still to be handed out are forgotten first. */
  readonly replaces: boolean;
  readonly keyPackages: readonly KeyPackageRecord[];
  /** Replaces the device's last-resort key package of the same suite. */
  readonly lastResort: KeyPackageRecord | undefined;
  /** Milliseconds. */
  readonly now: number;
  /** One-time key packages that a device may have stored at once. */
  readonly maximum: number;
}

/** What {@link RelayStore.claim} looks for. */
export interface Claim {
  readonly suite: number;
  /** Each person once. */
  readonly persons: readonly string[];
  /** Full names of devices that get none. */
  readonly except: ReadonlySet<string>;
  /** Milliseconds. */
  readonly now: number;
  /** Devices of all persons together at most. */
  readonly maximum: number;
}

/** From the entry that added a device up to and with the entry that removed it: what the device may read. */
export interface Span {
  readonly since: number;
  /** `undefined` while it is a member. */
  readonly until: number | undefined;
}

/** The end of a conversation's log and what the rules for the next entry depend on. */
export interface LogState {
  readonly seq: number;
  /** The hash of entry `seq`. */
  readonly entryHash: Uint8Array;
  readonly epoch: bigint;
  /** When entry `seq` was accepted, milliseconds. */
  readonly acceptedAt: number;
  /** The last entry that changed the group: the creation, a commit or a proposal. */
  readonly handshakeSeq: number;
  /** Whether nothing may be said: a proposal waits that removes a member, or the group was reinitialized. */
  readonly commitFirst: boolean;
  /** The MLS group id, at most 255 bytes. */
  readonly groupId: Uint8Array;
  /** Bytes of all payloads that are kept. */
  readonly size: number;
}

/** One entry as it is stored. */
export interface StoredEntry {
  readonly header: EntryHeader;
  /** The entry hash: covers the header. */
  readonly hash: Uint8Array;
  /** `undefined` once it was pruned. */
  readonly payload: Uint8Array | undefined;
}

/** One entry as it is to be stored. */
export interface NewEntry extends StoredEntry {
  readonly payload: Uint8Array;
}

/** A device that would become a member. */
export interface Recipient {
  /** Its full name. */
  readonly name: string;
  /** The key it has to be bound to. */
  readonly signatureKey: Uint8Array;
}

/** Something that wants to become an entry. */
export interface Submission {
  readonly conversation: Uint8Array;
  /** Who submits it: a full name. */
  readonly device: string;
  /** The epoch it was made in. */
  readonly epoch: bigint;
  /** SHA-256 of the payload. */
  readonly payloadHash: Uint8Array;
  /** Devices that would become members. */
  readonly recipients: readonly Recipient[];
}

/** What the store knows at the moment of a decision; nothing can change before the decision is carried out. */
export interface Situation {
  /** `undefined` where there is no such conversation. */
  readonly log: LogState | undefined;
  /** The entry of the same epoch that has the same payload hash already. */
  readonly earlier: { readonly seq: number; readonly acceptedAt: number } | undefined;
  /** Entries of the log whose payload is kept. */
  readonly kept: number;
  /** Conversations that devices of the submitting device's organisation have opened; 0 where the log is there already. */
  readonly opened: number;
  /**
   * Bytes of the kept payloads that devices of the submitting device's organisation have brought. A store may fall short by
   * up to a mebibyte for each time that a step of it failed, or that its process ended without closing it.
   */
  readonly brought: number;
  /** The submitting device's last span in this conversation. */
  readonly span: Span | undefined;
  /**
   * Items in the fullest inbox of the recipients, or `undefined` where one of them is not known by this key, or was revoked.
   * One that was revoked counts as known where the log is to be opened: what follows a group begins with all who were in it.
   */
  readonly fullestInbox: number | undefined;
}

/** One more entry, with everything that must become true together with it. Devices named in it have registered. */
export interface Append {
  /** The log has no entry of the same epoch with this payload yet; epochs never decrease within a log. */
  readonly entry: NewEntry;
  /** The log's state after the entry. */
  readonly log: LogState;
  /** `undefined` where the public group stays as it is. */
  readonly group: GroupChange | undefined;
  /** Devices that become members with this entry. */
  readonly added: readonly string[];
  /** Devices that cease to be members with this entry. A device may be in both lists: removed, then added. */
  readonly removed: readonly string[];
  /** Goes to the inbox of each added device but the one that submits; stored once. */
  readonly welcome: Uint8Array | undefined;
}

/** What an entry changes about a conversation's public group. */
export interface GroupChange {
  /** Of the group's records, in this order; they are kept by conversation and by key. */
  readonly records: readonly Change[];
  /** The GroupInfo that the last committer sent along, without the tree; replaces the one before. */
  readonly groupInfo: Uint8Array | undefined;
}

/** A conversation's public group. */
export interface StoredGroup {
  /** The last entry that changed it. */
  readonly handshakeSeq: number;
  readonly records: ReadonlyMap<string, Uint8Array>;
  /** The last one that came with a commit, or `undefined`. */
  readonly groupInfo: Uint8Array | undefined;
}

/** What a decision comes to: the answer, and the entry where there is to be one. */
export interface Decision<A> {
  readonly answer: A;
  readonly append?: Append;
}

/** Which part of a log a device asks for. */
export interface LogRange {
  readonly conversation: Uint8Array;
  readonly device: string;
  /** The last entry the device holds. */
  readonly after: number;
  readonly maximumEntries: number;
  /** Bytes of all payloads together; the first entry comes even where it alone is larger. */
  readonly maximumBytes: number;
}

/** A gapless part of a log, all of it within one span of the device. */
export interface LogPage {
  readonly entries: readonly StoredEntry[];
  /** The last entry of the page or, where it is empty, the last one the device may read. */
  readonly last: { readonly seq: number; readonly hash: Uint8Array };
}

/** How far a device may read one of its logs. */
export interface ReadableLog {
  readonly conversation: Uint8Array;
  readonly seq: number;
  /** The hash of entry `seq`. */
  readonly hash: Uint8Array;
  /** Whether the device is a member no longer; `seq` is then the entry that removed it. */
  readonly ended: boolean;
}

/**
 * One stored inbox item. Indexes of an inbox ascend, and are never used twice, also where the store is put back to an
 * older copy of itself: each is the one before it and one, or the time of what brought it (milliseconds), whichever is more.
 */
export interface StoredInboxItem {
  readonly index: number;
  readonly item: InboxItem;
}

/**
 * What a relay remembers. Each method is one atomic step: all of it or none of it, and durable when the promise
 * resolves. Steps behave as if they ran one after the other, and a step sees everything that resolved before it began.
 * Appends to one conversation resolve in the order of their entries.
 *
 * Every method rejects with a `ReadbackError` of a `storage-…` code, or `closed` after `close`. Bytes that go in or
 * come out must not be changed by either side afterwards.
 */
export interface RelayStore {
  /** The value of a setting. Where there is none, `initial` becomes its value first. */
  setting(name: string, initial: Uint8Array): Promise<Uint8Array>;
  /**
   * Binds a new device's name to its key and tells the person's other devices, or compares a known one. `now`
   * (milliseconds) decides which key packages still count. The maxima are of the person and of the person's organisation,
   * which is the domain in the name.
   */
  register(
    device: DeviceRecord,
    now: number,
    maximumDevices: number,
    maximumOfOrganisation?: number,
  ): Promise<Registration>;
  /**
   * Lets a device (its full name) register no more, known or not. Its key packages and its inbox are forgotten, nobody is
   * handed one, and it can be no recipient. For ever, and idempotent. False, and nothing done, where so many of its organisation
   * were revoked already.
   */
  revoke(device: string, maximumOfOrganisation: number): Promise<boolean>;
  /** Keeps the service of a domain, unless there is one that does not end earlier. Resolves with whether its key is the one that is kept. */
  putService(service: ServiceRecord): Promise<boolean>;
  /** The services of those of these domains that have one, in the order of the domains. */
  readServices(domains: readonly string[]): Promise<ServiceRecord[]>;
  /**
   * Stores key packages of a device. One that was stored before is left as it is, even where it was claimed since.
   * False, and nothing stored, where there would be more than the maximum.
   */
  publish(publication: Publication): Promise<boolean>;
  /**
   * Takes one key package for each device of each person: a one-time one, never to be handed out again, or else the
   * last-resort one. `undefined`, and nothing taken, where there are more devices than the maximum.
   */
  claim(claim: Claim): Promise<ClaimedPerson[] | undefined>;
  /**
   * Lets `decide` judge a submission and carries out what it decides, with nothing in between. `decide` is pure,
   * takes no time, and may be called again where the store has to begin anew.
   */
  append<A>(submission: Submission, decide: (situation: Situation) => Decision<A>): Promise<A>;
  /**
   * Forgets payloads of messages and receipts that were accepted before a time (milliseconds), at most so many. Headers
   * and hashes stay, and so do the payloads of everything else. Resolves with how many it has forgotten: fewer than
   * asked for only where no more are left.
   */
  prune(acceptedBefore: number, maximum: number): Promise<number>;
  /** A page of a log, or `undefined` where the device never was a member. */
  readLog(range: LogRange): Promise<LogPage | undefined>;
  /** A conversation's public group, or `undefined` where there is no such conversation. */
  readGroup(conversation: Uint8Array): Promise<StoredGroup | undefined>;
  /** All logs a device reads or could once read, with the last of its spans in each. */
  readableLogs(device: string): Promise<ReadableLog[]>;
  /**
   * Inbox items after an index, in ascending order: at most `maximumBytes` of Welcomes, but the first one in any case.
   * Empty where there are none.
   */
  readInbox(device: string, after: number, maximumBytes: number): Promise<StoredInboxItem[]>;
  /** Forgets inbox items up to and with an index. */
  forgetInbox(device: string, upTo: number): Promise<void>;
  /** Lets go of the store once earlier calls settled. Idempotent. */
  close(): Promise<void>;
}
