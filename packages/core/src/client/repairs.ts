import type { MessageRecord } from "../conversation/message-record.ts";
import { dropRepair, sayAgain } from "../conversation/repair.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { readMessage, readSaid } from "./history.ts";

/**
 * Says again what others could not read, one after the other; what was wanted before a restart too. Each is read from the
 * store and said again in one step, at most once, so nobody can make a device talk without end.
 */
export class Repairs {
  readonly #runtime: ConversationRuntime;
  #working = false;

  /** Does nothing until {@link Repairs.pump}. */
  constructor(runtime: ConversationRuntime) {
    this.#runtime = runtime;
  }

  /** Says again what is wanted. Cheap where nothing is. */
  pump(): void {
    const { state } = this.#runtime;
    const wanted = state.repairs.find(({ isDone }) => !isDone);
    if (wanted === undefined || this.#working || state.phase !== "active") return;
    this.#working = true;
    this.#repair(wanted.seq)
      .then(() => {
        this.#working = false;
        this.pump();
      })
      // A store that fails is told by itself. What is left over is tried again after the next start.
      .catch((cause: unknown) => this.#runtime.fail(cause));
  }

  async #repair(seq: number): Promise<void> {
    const { engine, id, submitter } = this.#runtime;
    const record = await this.#recordAt(seq);
    await engine.step(id, (step) => {
      if (record === undefined) dropRepair(step, seq);
      else if (sayAgain(step, record)) submitter.prepare(step);
      else step.emit({ type: "unrepaired", seq });
    });
  }

  /** What this device has said at a place: a message or an answer. */
  async #recordAt(seq: number): Promise<MessageRecord | undefined> {
    const { engine, id, self } = this.#runtime;
    const record = (await readMessage(engine, id, seq)) ?? (await readSaid(engine, id, seq));
    const isOurs = record?.author.person === self.person && record.author.device === self.device;
    return isOurs ? record : undefined;
  }
}
