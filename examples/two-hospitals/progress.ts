import type { MessageStatus } from "@readback/core";
import { speakerOf, turnOf } from "./cast.ts";
import { heightOf } from "./ladder.ts";
import { isCritical } from "./script.ts";

/** How far each line has come, and which may be said next: at most `window` are on their way at a time. */
export class Progress {
  readonly #lines: readonly string[];
  readonly #window: number;
  readonly #heights: number[];
  #said = 0;
  #finished = 0;

  constructor(lines: readonly string[], window: number) {
    this.#lines = lines;
    this.#window = window;
    this.#heights = lines.map(() => 0);
  }

  /** Whether every line has come as far as it should. */
  get isComplete(): boolean {
    return this.#finished === this.#lines.length;
  }

  /** Whether the line is durable with its sender. Lines beyond the end count as queued when everything is. */
  isQueued(line: number): boolean {
    const last = Math.min(line, this.#lines.length - 1);
    return last < 0 || (this.#heights[last] ?? 0) > 0;
  }

  /** Notes how far a line has come. False where that was known: what is told again after a crash is no news. */
  climb(line: number, status: MessageStatus): boolean {
    const height = heightOf(status);
    if (height <= (this.#heights[line] ?? Number.POSITIVE_INFINITY)) return false;
    this.#heights[line] = height;
    while (
      !this.isComplete &&
      (this.#heights[this.#finished] ?? 0) >= topOf(this.#lines[this.#finished] ?? "")
    ) {
      this.#finished += 1;
    }
    return true;
  }

  /** The lines that may be said now, in order; each is returned once. */
  due(): number[] {
    const due: number[] = [];
    while (this.#said < this.#lines.length && this.#said - this.#finished < this.#window)
      due.push(this.#said++);
    return due;
  }

  /** Lines of a side that were due already, from a turn on: what a client that was killed may not have stored. */
  since(side: number, turn: number): number[] {
    const said = Array.from({ length: this.#said }, (_, line) => line);
    return said.filter((line) => speakerOf(line) === side && turnOf(line) >= turn);
  }
}

/** How high a line climbs: up to `read`, or up to `acknowledged` where it asks for that. */
export function topOf(text: string): number {
  return heightOf(isCritical(text) ? "acknowledged" : "read");
}
