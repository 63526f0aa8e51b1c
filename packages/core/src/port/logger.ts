/** One line for operators. Never holds message content, names, identifiers or keys. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  /** A stable kebab-case name of what happened. */
  readonly event: string;
  /** Counts, sizes, durations (milliseconds) and error codes. */
  readonly details?: Readonly<Record<string, number | string | boolean>>;
}

/** Receives log lines. Must not throw. */
export type Logger = (entry: LogEntry) => void;
