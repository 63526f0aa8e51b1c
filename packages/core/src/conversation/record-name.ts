/**
 * The names of one conversation's records, below its own prefix. Numbers are written with a fixed width, so that the
 * order of names is the order of numbers.
 */
export const recordName = {
  state: "state",
  members: "members",
  receipts: "receipts",
  creation: "creation",
  staged: "staged",
  stagedGroup: "staged-group",
  group: "group",
  retired: "retired",
  page: "page",
  fork: "fork",
  continues: "continues",
  unverified: "unverified",
  counter: "counter",
  context: "context",
  roster: "roster",
  outgoing: "outgoing",
  unsent: "unsent",
  intent: "intent",
  message: "message",
  places: "places",
  repeated: "repeated",
  proof: "proof",
  answer: "answer",
  version: "version",
  reaction: "reaction",
  lateReaction: "late-reaction",
  said: "said",
  request: "request",
  gap: "gap",
  fault: "fault",
  commitFault: "commit-fault",
  missed: "missed",
  repair: "repair",
  again: "again",
} as const;

const numberWidth = 16;

/** A number as part of a record's name: 16 digits, which hold every safe integer. */
export function numberPart(number: number): string {
  return number.toString().padStart(numberWidth, "0");
}

/** The record of one numbered thing, for instance `message/0000000000000042`. */
export function numbered(name: string, ...numbers: readonly number[]): string {
  return [name, ...numbers.map(numberPart)].join("/");
}

/** The number at the end of a record's name, or before that where `skip` parts follow it. */
export function numberIn(name: string, skip = 0): number {
  return Number(name.split("/").at(-1 - skip));
}

/** The family of a device's receipts of one level, each named for the last entry that it speaks of. */
export function proofFamily(level: "stored" | "displayed", leaf: number): string {
  return numbered(`${recordName.proof}/${level}`, leaf);
}
