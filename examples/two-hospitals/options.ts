import { parseArgs } from "node:util";
import { Refusal } from "./script.ts";

/** Ways to spoil a run on purpose, to see that the count notices. */
export type Spoil = "lose" | "repeat";

/** What the command line asks for. */
export interface Options {
  /** The text to play. */
  readonly file: string | undefined;
  /** Where the databases stay; otherwise they are removed. */
  readonly keep: string | undefined;
  readonly spoil: Spoil | undefined;
}

/** How to call it. */
export const usage = `npm start -- [FILE] [--keep DIR] [--spoil lose|repeat]

  FILE             UTF-8 text, one message a line, instead of the consult
  --keep DIR       leave the databases, and the keys that open them, in a new folder DIR
  --spoil lose     delete one received message from its store before the count
  --spoil repeat   send one message twice`;

/** Reads the command line. Throws {@link Refusal} where it makes no sense. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const { keep, spoil } = values;
  if (positionals.length > 1) throw new Refusal("one file at a time");
  if (keep === "") throw new Refusal("--keep needs a folder");
  if (spoil !== undefined && spoil !== "lose" && spoil !== "repeat") {
    throw new Refusal("--spoil is either lose or repeat");
  }
  return { file: positionals[0], keep, spoil };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { keep: { type: "string" }, spoil: { type: "string" } },
    });
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  }
}
