/** One line of the table: what was measured, and the figures it stands against, all of the same run. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  readonly unit: Unit;
  /** What the raw figure is a figure of. */
  readonly rawOf: string;
  /** In the same unit; absent where only the goal counts. */
  readonly raw?: number | undefined;
  /** The same of `ts-mls`, in the same unit, where it does the same. */
  readonly peer?: number | undefined;
  /** What is to be reached, for people; a bench never fails. */
  readonly goal: string;
}

/** `/s`: the more the better; everything else: the less the better. */
export type Unit = "µs" | "ms" | "/s" | "B" | "MB";

/** Some rows that belong together, and are measured together. */
export interface Group {
  readonly name: string;
  /** How it is measured, in a sentence or two. */
  readonly about: string;
  run(): Promise<Row[]> | Row[];
}

/** A line as `--json` prints it. */
export interface Result extends Row {
  readonly group: string;
  /** `measured` over `raw`. */
  readonly ratio: number | undefined;
  /** `peer` over `measured`. */
  readonly peerRatio: number | undefined;
}

/** A row with its group and its ratios. */
export function resultOf(group: string, row: Row): Result {
  const { measured, raw, peer } = row;
  return { group, ...row, ratio: raw && measured / raw, peerRatio: peer && peer / measured };
}
