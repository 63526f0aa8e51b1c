/** One line of the table: what was measured, and the raw figure it stands against, both of the same run. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  readonly unit: Unit;
  /** What the raw figure is a figure of. */
  readonly rawOf: string;
  /** In the same unit. */
  readonly raw: number;
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
  readonly ratio: number;
}

/** A row with its group and its ratio. */
export function resultOf(group: string, row: Row): Result {
  return { group, ...row, ratio: row.measured / row.raw };
}
