import { markDisplayed } from "../conversation/report.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";

/** Notes what was displayed of one conversation: whatever is marked while it can still join a note makes one step. */
export class DisplayedMarks {
  readonly #runtime: ConversationRuntime;
  #upTo = 0;
  #noting: Promise<void> | undefined;

  /** Notes nothing by itself. */
  constructor(runtime: ConversationRuntime) {
    this.#runtime = runtime;
  }

  /** Everything up to `seq` was displayed. Resolves once that is durable, rejects as the engine's step. */
  mark(seq: number): Promise<void> {
    this.#upTo = Math.max(this.#upTo, seq);
    if (this.#noting === undefined) {
      const noting = this.#note().finally(() => {
        if (this.#noting === noting) this.#noting = undefined;
      });
      this.#noting = noting;
    }
    return this.#noting;
  }

  async #note(): Promise<void> {
    const { engine, id, submitter } = this.#runtime;
    // While a page is told, an application displays message after message, and each note would wait for the disk.
    await this.#runtime.quiet();
    await engine.step(id, (step) => {
      markDisplayed(step, this.#upTo);
      this.#upTo = 0;
      this.#noting = undefined;
      submitter.prepare(step);
    });
  }
}
