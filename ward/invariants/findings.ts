/** Keeps the first thing that went wrong, wherever it was found: code under test must not be able to swallow it. */
export class Findings {
  first: Error | undefined;

  /** Runs a check. What it throws is kept and not thrown. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.add(error);
    }
  }

  add(error: unknown): void {
    this.first ??= error instanceof Error ? error : new Error(String(error));
  }
}
