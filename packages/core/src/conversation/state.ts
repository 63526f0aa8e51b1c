import type { Group } from "../mls/group-state.ts";
import type { MessageOpening } from "../mls/private-message.ts";
import type { LogHead } from "../wire/entry.ts";
import type { DeviceCounter } from "./device-counter.ts";
import type { Gap } from "./gap.ts";
import type { DeviceName } from "./identity.ts";
import type { KnownLog } from "./known-log.ts";
import type { LeafUpdate } from "./leaf-update.ts";
import type { LogPage } from "./log-page.ts";
import type { MessagePlaces } from "./message-places.ts";
import type { PendingRequest } from "./pending-request.ts";
import type { ReceiptState } from "./receipt-state.ts";
import type { Repair } from "./repair.ts";

/**
 * Where a conversation stands for this device. `creating`: our own, its first commit not yet in the log. `active`.
 * `leaving`: we asked to be removed. `left`: we are no member any more; what we had stays readable. `halted`: the log
 * holds something that this device cannot go past. `frozen`: the relay has signed two histories of the log; nothing is
 * sent any more, what comes is still read. `moved`: it goes on in another conversation, at another relay; nothing is sent
 * any more, what comes is still read.
 */
export type Phase = "creating" | "active" | "leaving" | "left" | "halted" | "frozen" | "moved";

/** The last entry of the log that this device has processed. */
export interface Position {
  /** 0 before the first entry. */
  readonly seq: number;
  /** The entry's hash; 32 zero bytes before the first. */
  readonly hash: Uint8Array;
  /** Milliseconds, by the relay. */
  readonly acceptedAt: number;
}

/** Another history of the log than ours, signed by the relay. */
export interface Fork {
  /** The entry that is not the same in both. */
  readonly seq: number;
  /** The entries of the other history after it, and the relay's word for the last one. */
  readonly other: LogPage;
  /** The same of our history, where that came with the proof since our log does not have the place at hand. */
  readonly own?: LogPage | undefined;
  /** The device that had seen it; `undefined` where the relay has shown it to us. */
  readonly by: DeviceName | undefined;
  /** When we found out, milliseconds by our own clock. */
  readonly at: number;
  /** Whether the proof was handed to the other members, by us or to us. */
  readonly isPassed: boolean;
}

/** A head that somebody had seen, and whose place is not at hand any more: to be compared with the stored log. */
export interface Unverified {
  /** The content that names it. */
  readonly place: number;
  readonly by: DeviceName;
  readonly head: LogHead;
}

/** The relay that keeps this conversation's log. */
export interface Hub {
  /** Its name, as it stands in every entry. */
  readonly relay: string;
  /** The key that signs heads, in the scheme of suite 0x0002. */
  readonly logKey: Uint8Array;
}

/** A device that is or was a member, as the log tells it. */
export interface Member extends DeviceName {
  /** The leaf index in the ratchet tree. */
  readonly leaf: number;
  /** The entry that added it. */
  readonly since: number;
  /** The entry that removed it, or `undefined` while it is a member. */
  readonly until: number | undefined;
  /** How far it had counted what it said when it went, as far as this device knows: its leaf is somebody else's then. */
  readonly counted: number;
}

/** Bytes handed to the relay for one epoch. They are sent again as they are, never made anew for the same epoch. */
export interface Submission {
  readonly epoch: bigint;
  readonly payload: Uint8Array;
  /** SHA-256 of the payload: how we know our own entry in the log. */
  readonly payloadHash: Uint8Array;
}

/** What opens a log. */
export interface Creation extends Submission {
  /** For everybody else who is in the group from the first entry on. */
  readonly welcome: Uint8Array | undefined;
  /** Where there is a Welcome: what it takes to join the group again, without the tree. */
  readonly groupInfo: Uint8Array | undefined;
}

/** Content that waits for its place in the log. */
export interface Outgoing {
  /** Local, ascending: the order in which things were said. */
  readonly number: number;
  readonly kind: "application" | "receipt";
  /** The message id; for receipts, which have none, 32 zero bytes. */
  readonly id: Uint8Array;
  /** Framed content, fixed when it was said. */
  readonly content: Uint8Array;
  /** `undefined` until it is encrypted; made anew only when the epoch of the old one is over. */
  readonly submission: Submission | undefined;
  /** The signature inside the submission, kept with the message. */
  readonly signature: Uint8Array | undefined;
  /** What makes the submission again, kept with the message. */
  readonly opening: MessageOpening | undefined;
}

/** A change of the group that is wanted. It is rebuilt until the log holds it or it has become pointless. */
export type Intent =
  /** Every device of these persons that is no member yet; key packages were claimed for them. */
  | { readonly number: number; readonly type: "add"; readonly keyPackages: readonly Uint8Array[] }
  | { readonly number: number; readonly type: "remove"; readonly persons: readonly string[] }
  | { readonly number: number; readonly type: "leave" }
  /** Commits what others have proposed. */
  | { readonly number: number; readonly type: "commit-proposals" }
  /** Puts a fresh key into this device's leaf. */
  | { readonly number: number; readonly type: "update" }
  /** Ends the group so that one of this cipher suite follows it, with the same members. Full names: who has keys of it. */
  | {
      readonly number: number;
      readonly type: "reinit";
      readonly suite: number;
      readonly devices: readonly string[];
    }
  /** Opens the log with everybody in it. */
  | { readonly number: number; readonly type: "open" }
  /** Takes this device's place in the group anew, since its secrets are lost or must not be used any more. */
  | { readonly number: number; readonly type: "rejoin" };

/** A handshake made for the first intent. The live group is untouched until the log holds it. */
export interface Staged {
  /** The number of its intent. */
  readonly intent: number;
  readonly kind: "commit" | "proposal";
  readonly submission: Submission;
  readonly welcome: Uint8Array | undefined;
  readonly groupInfo: Uint8Array | undefined;
  /** For a commit: the group after it, and the leaf indexes that it removes and adds. */
  readonly next: Group | undefined;
  readonly removed: readonly number[];
  readonly added: readonly number[];
  /**
   * Whether it takes a place that this device was added to without having read of it: what was said before that, and
   * after it had been removed, is not for it to read.
   */
  readonly isAddedAnew: boolean;
}

/** Everything about one conversation that a step may need, and that is small. Immutable. */
export interface ConversationState {
  /** 32 bytes; also the first group's id. */
  readonly id: Uint8Array;
  readonly self: DeviceName;
  readonly phase: Phase;
  readonly subject: string;
  readonly hub: Hub;
  /** `undefined` once we have left, or another group has followed it: its secrets are gone. */
  readonly group: Group | undefined;
  readonly position: Position;
  /** What the relay has vouched for: what we say tells that we have read it. Beyond `position` only where this device has stopped. */
  readonly log: KnownLog;
  readonly fork: Fork | undefined;
  /**
   * The end of the conversation that this one goes on with, as its hub has signed it. Only where that was proved: by having
   * moved it, or by a Welcome that takes a secret of the old group.
   */
  readonly continues: LogHead | undefined;
  readonly unverified: readonly Unverified[];
  /** By leaf. */
  readonly counters: ReadonlyMap<number, DeviceCounter>;
  /** Everybody who is or was a member, in the order of joining. */
  readonly members: readonly Member[];
  readonly receipts: ReceiptState;
  /** Requests whose time still matters, in the order of the log; at most 64 of one person. */
  readonly requests: readonly PendingRequest[];
  /** How far we have told others what we hold and what was displayed: sequence numbers. */
  readonly reported: { readonly stored: number; readonly displayed: number };
  /** The last entry of others that was displayed here, and the last one we hold that asks for a receipt. */
  readonly due: { readonly stored: number; readonly displayed: number };
  /** What this device could not read, in the order of the log. */
  readonly gaps: readonly Gap[];
  /** Entries whose payload the relay had pruned: how many in this epoch, and the last one, 0 where there was none. */
  readonly pruned: { readonly inEpoch: number; readonly last: number };
  /** What others could not read of what this device has said. */
  readonly repairs: readonly Repair[];
  /** The newest part of the list of messages by their ids; all of it is in the store. */
  readonly places: MessagePlaces;
  readonly outgoing: readonly Outgoing[];
  readonly intents: readonly Intent[];
  readonly staged: Staged | undefined;
  /** For our own conversation: what opens the log, until the log holds it. */
  readonly creation: Creation | undefined;
  readonly leafUpdate: LeafUpdate;
  /** Everything that was said before this entry is forgotten, and so is what is said of it later. */
  readonly keptFrom: number;
  /** The next local number, and how many contents this device has said here (the device counter). */
  readonly nextNumber: number;
  readonly deviceCounter: number;
  /** Counts of contents that the relay has refused for good, until something of ours in the log has said so. */
  readonly givenUp: readonly number[];
}
