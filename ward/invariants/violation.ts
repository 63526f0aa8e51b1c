/** The invariants, by the names that the documentation explains. */
export type Invariant =
  | "I1"
  | "I2"
  | "I3"
  | "I4"
  | "I5"
  | "I6"
  | "I7"
  | "I8"
  | "I9"
  | "I10"
  | "I11"
  | "I12"
  | "I13"
  | "I14"
  | "I15"
  /** Something was reported or refused that has no reason in this world. */
  | "E"
  /** A scenario did not go as it has to. */
  | "S"
  /** Something broke that is no violation of a rule: a defect of the Ward, or an exception in the code under test. */
  | "X";

/** Something that must never happen, and did. Ends the world. */
export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`);
    this.name = "Violation";
    this.invariant = invariant;
  }
}
