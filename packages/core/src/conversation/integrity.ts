import type { DeviceName } from "./identity.ts";
import type { Step } from "./step.ts";

/** What can be found out about a log, the relay that keeps it, or a member. */
export type IntegrityFinding =
  /** The relay has signed two histories of the log, which is proved. The conversation is frozen. */
  | "forked"
  /** The relay's log ends before what the relay has vouched for: it was set back, to an old backup for instance. */
  | "rolled-back"
  /** What the relay sends does not continue the log: something is missing, altered or not signed. Nothing of it counts. */
  | "log-broken"
  /** A device has said something, by its own count, that is not in the log before what it said next. */
  | "missing"
  /** Of a device nothing is missing any more: it has come, or the device has given it up. */
  | "recovered"
  /** An entry is dated before something that its author had read, before the entry it follows, or later than its own signature. */
  | "misdated"
  /** A device's or the relay's clock is more than two minutes off. */
  | "clock-off"
  /** There is a connection, but the relay does not say where the log ends, or does not show an entry that it says is there. */
  | "withheld"
  /** The relay at hand is not the one that keeps this log: nothing is read or sent until that one is. */
  | "other-relay"
  /** A device cannot process a commit that the log has: it reads and says nothing until its place in the group is good again. */
  | "commit-refused"
  /** Changes of members that this device makes are turned down again and again. */
  | "blocked"
  /** A device has said something when its credential was good no more. It does not count. */
  | "credential-expired"
  /** A device claims to have read what it cannot have, says again what is not what stood there, or counts what it has said twice, or changes what somebody else wrote or what was taken back. What rests on it does not count. */
  | "false-claim";

/** One finding, as a step makes it. */
export interface Finding {
  readonly what: IntegrityFinding;
  /** The place in the log that it is about. */
  readonly seq: number;
  /** The device that it is about, where it is one. */
  readonly by?: DeviceName;
  /** For `missing`: what is not there, by the count of the device; at most 256. */
  readonly counters?: readonly number[];
}

/**
 * Tells of something that is wrong, once the step is durable. Where the relay has shown two histories, places and counts
 * are not the same for everybody, and no member is to blame for that.
 */
export function report(step: Step, finding: Finding): void {
  if (finding.what === "false-claim" && step.state.fork !== undefined) return;
  step.emit({ type: "integrity", ...finding });
}

/** Milliseconds that two clocks may differ. */
export const clockTolerance = 120_000;
