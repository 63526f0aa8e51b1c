import { stripVTControlCharacters, styleText } from "node:util";
import type { MessageStatus } from "@readback/core";
import { hospitals, speakerOf } from "./cast.ts";
import { heightOf, ladder } from "./ladder.ts";
import { topOf } from "./progress.ts";
import { isCritical } from "./script.ts";

/** The part of a stream that a screen uses. */
export interface Paper {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const margin = "      ";
const longestShown = 400;

/**
 * Shows each message in its turn, with the ladder that it climbs. Rungs are written one behind the other as they come,
 * so that a file or a pipe gets the same lines as a terminal. A later message may climb in the meantime: it is shown
 * when those before it are at their top.
 */
export class Screen {
  readonly #paper: Paper;
  readonly #lines: readonly string[];
  readonly #heights: number[];
  readonly #readBacks = new Map<number, string>();
  /** The message on show, how many of its rungs are written, and whether the last line is still open. */
  #current = 0;
  #written = 0;
  #isOpen = false;

  constructor(paper: Paper, lines: readonly string[]) {
    this.#paper = paper;
    this.#lines = lines;
    this.#heights = lines.map(() => 0);
  }

  /** A line about the play itself. */
  notice(text: string): void {
    this.#say(`${this.#styled("dim", `·· ${text}`)}\n`);
  }

  /** A line about something that went wrong in the background and is dealt with. */
  problem(text: string): void {
    this.#say(`${this.#styled("yellow", `!! ${text}`)}\n`);
  }

  /** A message has come this far. */
  climb(line: number, status: MessageStatus, readBack?: string): void {
    this.#heights[line] = heightOf(status);
    if (readBack !== undefined) this.#readBacks.set(line, readBack);
    while (this.#draw()) this.#current += 1;
  }

  /** A last line, unstyled. */
  end(text: string): void {
    this.#say(`${text}\n`);
  }

  /** Writes the rungs that the message on show has gained. True where it is at its top. */
  #draw(): boolean {
    const line = this.#current;
    const text = this.#lines[line];
    const height = this.#heights[line] ?? 0;
    if (text === undefined || height === 0) return false;
    if (this.#written === 0) this.#say(this.#header(line, text));
    else if (!this.#isOpen && height > this.#written) this.#paper.write(`${margin}…`);
    for (; this.#written < height; this.#written += 1) {
      const arrow = this.#written === 0 ? margin : " → ";
      const rung = ladder[this.#written] ?? "";
      this.#paper.write(`${arrow}${rung === "acknowledged" ? this.#styled("green", rung) : rung}`);
      this.#isOpen = true;
    }
    if (height < topOf(text)) return false;
    this.#paper.write("\n");
    this.#isOpen = false;
    this.#written = 0;
    const readBack = this.#readBacks.get(line);
    if (readBack !== undefined)
      this.#paper.write(`${this.#styled("green", this.#wrapped(`“${shown(readBack)}”`))}\n`);
    return true;
  }

  #header(line: number, text: string): string {
    const number = String(line + 1).padStart(margin.length - 2);
    const name = this.#styled("bold", hospitals[speakerOf(line)].name);
    const words = this.#wrapped(shown(text));
    return `${this.#styled("dim", number)}  ${name}\n${isCritical(text) ? this.#styled("red", words) : words}\n`;
  }

  /** Ends a ladder that is being written, then writes. */
  #say(text: string): void {
    this.#paper.write(this.#isOpen ? `\n${text}` : text);
    this.#isOpen = false;
  }

  /** Words between the margins of a terminal; elsewhere one line is one line. */
  #wrapped(text: string): string {
    const width =
      this.#paper.isTTY === true ? Math.max(20, (this.#paper.columns ?? 80) - margin.length) : undefined;
    if (width === undefined) return margin + text;
    const rows = [""];
    for (const word of text.split(" ")) {
      const row = rows.at(-1) ?? "";
      if (row !== "" && row.length + 1 + word.length > width) rows.push(word);
      else rows[rows.length - 1] = row === "" ? word : `${row} ${word}`;
    }
    return rows.map((row) => margin + row).join("\n");
  }

  #styled(style: Parameters<typeof styleText>[0], text: string): string {
    if (this.#paper.isTTY !== true || process.env.NO_COLOR) return text;
    return styleText(style, text, { validateStream: false });
  }
}

/** What can be shown of a text: nothing in it moves the cursor, changes the direction of writing or goes on for ever. */
function shown(text: string): string {
  const visible = stripVTControlCharacters(text)
    .replaceAll("\t", " ")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
  const characters = [...visible];
  return characters.length <= longestShown ? visible : `${characters.slice(0, longestShown).join("")}…`;
}
