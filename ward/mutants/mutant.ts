/** One change of a source. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Text that the file holds exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A bug that is planted to see it found: the Ward's zero is worth what this list is worth. */
export interface Mutant extends Edit {
  /** Kebab-case. */
  readonly name: string;
  /** Where such a bug was shipped, or what it breaks. */
  readonly source: string;
  /** Where the code has a second guard that makes the bug harmless: what takes that away too. */
  readonly guards?: readonly Edit[];
  /** The world that finds it soon, where the usual one does not: see `npm run ward -- --world`. */
  readonly world?: string;
  /** Events within which worlds that were not chosen for it find it too, where the usual number is not enough. */
  readonly within?: number;
  /** Whether it shows only where groups end: it is looked for in worlds in which they do. */
  readonly takesEndings?: true;
}
