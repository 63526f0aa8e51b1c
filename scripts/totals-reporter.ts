import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** How many tests ended how. What broke outside of a test counts as one failure each. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** Writes the totals of a run as JSON to the file named in READBACK_TOTALS. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const totals: Totals = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      totals.failed += module.errors().length;
      for (const suite of module.children.allSuites()) totals.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") totals.passed += 1;
        else if (state === "skipped") totals.skipped += 1;
        else totals.failed += 1;
      }
    }
    const path = process.env.READBACK_TOTALS;
    if (path) writeFileSync(path, JSON.stringify(totals));
  }
}
