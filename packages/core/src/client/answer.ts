import type { CriticalValue, Mismatch } from "../conversation/critical-value.ts";
import type { LoopAnswer, LoopVersion } from "../conversation/loop.ts";
import { ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { speak } from "./saying.ts";

/** What a person has answered to a request: a signed message of one of their devices. */
export class Answer {
  readonly #runtime: ConversationRuntime;
  readonly #about: { readonly author: string; readonly version: LoopVersion };
  readonly #answer: LoopAnswer;

  /** @internal */
  constructor(
    runtime: ConversationRuntime,
    about: { readonly author: string; readonly version: LoopVersion },
    answer: LoopAnswer,
  ) {
    this.#runtime = runtime;
    this.#about = about;
    this.#answer = answer;
  }

  /** The person who answered. */
  get person(): string {
    return this.#answer.person;
  }

  /** The device it was said on. */
  get device(): string {
    return this.#answer.device;
  }

  /** When the relay accepted it, milliseconds. */
  get at(): number {
    return this.#answer.at;
  }

  /** What was said. */
  get act(): LoopAnswer["act"] {
    return this.#answer.act;
  }

  /** In words. */
  get text(): string | undefined {
    return this.#answer.text;
  }

  /** The values that were read back. */
  get values(): readonly CriticalValue[] {
    return this.#answer.values;
  }

  /** Fields that were not read back as they were said; empty where all were. */
  get mismatches(): readonly Mismatch[] {
    return this.#answer.mismatches;
  }

  /** Whether it is an answer of the kind that was asked for, without a mismatch. */
  get isGood(): boolean {
    return this.#answer.isGood;
  }

  /** Whether the relay accepted it after the deadline. It is kept all the same. */
  get isLate(): boolean {
    return this.#answer.isLate;
  }

  /** Whether the message was edited since, so that it answers what is not asked any more. */
  get isOutdated(): boolean {
    return this.#answer.isOutdated;
  }

  /** What the person who asked has made of it, `undefined` while that is nothing. */
  get verdict(): LoopAnswer["verdict"] {
    return this.#answer.verdict;
  }

  /**
   * Says that it is right: with it a read-back is complete. Only who asked can, and only of a good answer that is not
   * outdated: rejects with `invalid-argument` otherwise, and as {@link Message.acknowledge}.
   */
  async confirm(): Promise<void> {
    if (!this.isGood || this.isOutdated) throw unfit();
    await this.#judge("confirm", undefined);
  }

  /**
   * Says that it is wrong, so that it has to be answered again. `text` tells what is right. Only who asked can: rejects
   * with `invalid-argument` otherwise, and as {@link Message.acknowledge}.
   */
  async correct(text?: string): Promise<void> {
    await this.#judge("correct", text);
  }

  async #judge(act: "confirm" | "correct", text: string | undefined): Promise<void> {
    const { author, version } = this.#about;
    if (author !== this.#runtime.self.person) throw unfit();
    const { id: answer } = this.#answer;
    const words = text === undefined ? {} : { text };
    await speak(this.#runtime, { type: "answer", act, answer, of: version.id, ofSeq: version.seq, ...words });
  }
}

function unfit(): ReadbackError {
  return new ReadbackError("invalid-argument", "This answer cannot be judged so, or not by this person.");
}
