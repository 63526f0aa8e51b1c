import { Violation } from "./violation.ts";

/** Keeps the first thing that went wrong, wherever it was found: code under test must not be able to swallow it. */
export class Findings {
  /** What breaks a rule. */
  first: Error | undefined;
  /** The first report that has no reason in this world, where one is kept back for the rule that it may stand for. */
  report: Violation | undefined;
  /** Whether reports are kept back. */
  keepsReports = false;

  /** Runs a check. What it throws is kept and not thrown. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.add(error);
    }
  }

  add(error: unknown): void {
    const found = error instanceof Error ? error : new Error(String(error));
    if (this.keepsReports && found instanceof Violation && found.invariant === "E") this.report ??= found;
    else this.first ??= found;
  }
}
