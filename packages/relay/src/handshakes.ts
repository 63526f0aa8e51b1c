import type { PublicGroup } from "@readback/core/mls";
import type { AppendRequest, RefusalCode } from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";
import type { Recipient } from "./relay-store.ts";

/** The public group of a log, with the device at each leaf. Immutable. */
export interface LogGroup {
  readonly group: PublicGroup;
  /** Full names by leaf index. */
  readonly devices: ReadonlyMap<number, string>;
}

/** What the rules say about a handshake. */
export type Verdict =
  | { readonly type: "refused"; readonly code: RefusalCode }
  | {
      readonly type: "accepted";
      readonly next: LogGroup;
      readonly added: readonly Recipient[];
      /** Full names. */
      readonly removed: readonly string[];
    };

/** Judges the GroupInfo that opens a log: a group of the submitting device alone, at epoch 0. */
export function openLogGroup(_hub: Hub, _device: KnownDevice, _payload: Uint8Array): Verdict {
  return { type: "refused", code: "unavailable" };
}

/** Judges a commit or a proposal for the epoch that `before` is in. */
export function judgeHandshake(
  _hub: Hub,
  _before: LogGroup,
  _device: KnownDevice,
  _request: AppendRequest,
  _now: number,
): Verdict {
  return { type: "refused", code: "unavailable" };
}

/** Whether a proposal waits that removes a member. */
export function isRemovalWaiting(_group: LogGroup): boolean {
  return false;
}

/** The bytes of a group. */
export function encodeLogGroup(_group: LogGroup): Uint8Array {
  return new Uint8Array(0);
}

/** A group from its bytes. */
export function decodeLogGroup(_hub: Hub, _bytes: Uint8Array): LogGroup {
  throw new Error("not there");
}
