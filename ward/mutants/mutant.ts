/** A bug that is planted to see it found: the Ward's zero is worth what this list is worth. */
export interface Mutant {
  /** Kebab-case. */
  readonly name: string;
  /** Where such a bug was shipped, or what it breaks. */
  readonly source: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Text that the file holds exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Scenarios that are run before the random worlds, by number. */
  readonly scenarios?: readonly number[];
}
