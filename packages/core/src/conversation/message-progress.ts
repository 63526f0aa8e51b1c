import type { FaultReason } from "./fault-content.ts";
import { type DeviceName, isSameDevice } from "./identity.ts";
import { covers, type Membership, type ReceiptState, reportOf } from "./receipt-state.ts";

/**
 * How far a message has come with a person, each including those before it. `sent`: it has its place in the log.
 * `unreadable`: a device of the person has said that it cannot read it, and none that it can. `delivered`: it is durable
 * on a device of the person. `read`: it was displayed. `acknowledged`: the person said so.
 */
export type ProgressStatus = "sent" | "unreadable" | "delivered" | "read" | "acknowledged";

/** One stay of a device, with its end. */
export interface MemberSpan extends Membership {
  /** The entry that removed it, or `undefined` while it is a member. */
  readonly until: number | undefined;
}

/** A person's answer to the message in question, as far as it brings it. */
export interface Acknowledged {
  readonly status: "read" | "acknowledged";
  readonly person: string;
  readonly device: string;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
  /** What was said with it. */
  readonly text: string | undefined;
}

/** A device's word that it cannot read the message in question. */
export interface Unreadable extends DeviceName {
  readonly reason: FaultReason;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
}

/** How far a message has come with one person. */
export interface PersonProgress {
  readonly person: string;
  readonly status: ProgressStatus;
  /** The device that brought it there; `undefined` where it is only sent. */
  readonly device: string | undefined;
  /** Milliseconds. For `delivered` and `read` it was then or earlier, since receipts are cumulative. */
  readonly at: number | undefined;
  /** What was read back. */
  readonly text: string | undefined;
  /** Where it is `unreadable`: why. */
  readonly reason?: FaultReason;
}

const ladder: readonly ProgressStatus[] = ["sent", "unreadable", "delivered", "read", "acknowledged"];

/** Whether `status` includes `wanted`. */
export function includesStatus(status: ProgressStatus, wanted: ProgressStatus): boolean {
  return ladder.indexOf(status) >= ladder.indexOf(wanted);
}

/**
 * How far a message has come with each other person who was a member when it was accepted, in the order of joining. A
 * person is as far as the one of their devices that is ahead; devices that came later do not count, they cannot read it.
 * @param receipts - what devices have said
 * @param message - its place in the log and the person who wrote it
 * @param members - everybody who is or was a member
 * @param acknowledgements - of this message, in the order of the log; the first one of a person that goes furthest counts
 * @param unreadable - devices that have said that they cannot read it, in the order of the log
 */
export function progressOf(
  receipts: ReceiptState,
  message: { readonly seq: number; readonly author: string },
  members: readonly MemberSpan[],
  acknowledgements: readonly Acknowledged[],
  unreadable: readonly Unreadable[] = [],
): PersonProgress[] {
  const { seq, author } = message;
  const devices = new Map<string, MemberSpan[]>();
  for (const member of members) {
    const isPresent = member.since <= seq && (member.until === undefined || member.until > seq);
    if (!isPresent || member.person === author) continue;
    devices.set(member.person, [...(devices.get(member.person) ?? []), member]);
  }
  return [...devices].map(([person, own]) => {
    const answers = acknowledgements.filter((item) => item.person === person);
    const acknowledged = answers.find(({ status }) => status === "acknowledged");
    if (acknowledged !== undefined) return acknowledged;
    const progress = deviceProgress(receipts, seq, person, own);
    if (progress.status === "read") return progress;
    if (answers[0] !== undefined) return answers[0];
    const fault = unreadable.find((item) => own.some((member) => isSameDevice(member, item)));
    if (fault === undefined || progress.status !== "sent") return progress;
    const { device, at, reason } = fault;
    return { person, status: "unreadable", device, at, text: undefined, reason };
  });
}

/**
 * How far a message has come with all of them: as far as with the one who is behind, so `acknowledged` means by everyone.
 * With nobody to wait for it has come as far as it will: `sent`.
 */
export function statusOf(persons: readonly PersonProgress[]): ProgressStatus {
  if (persons.length === 0) return "sent";
  const lowest = Math.min(...persons.map(({ status }) => ladder.indexOf(status)));
  return ladder[lowest] ?? "sent";
}

function deviceProgress(
  receipts: ReceiptState,
  seq: number,
  person: string,
  devices: readonly MemberSpan[],
): PersonProgress {
  for (const [level, status] of [
    ["displayed", "read"],
    ["stored", "delivered"],
  ] as const) {
    let first: PersonProgress | undefined;
    for (const member of devices) {
      const mark = reportOf(receipts, member, level);
      if (mark === undefined || !covers(mark, seq) || (first?.at ?? Number.POSITIVE_INFINITY) <= mark.at)
        continue;
      first = { person, status, device: member.device, at: mark.at, text: undefined };
    }
    if (first !== undefined) return first;
  }
  return { person, status: "sent", device: undefined, at: undefined, text: undefined };
}
