/** A consult between two hospitals, in three processes, with a crash of a client and one of the relay half-way. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { audit } from "./audit.ts";
import { hospitals, otherThan, relayDatabase, type Side, speakerOf } from "./cast.ts";
import { makeFolder, makePart, readLines, writeKey } from "./files.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { killPrograms } from "./program.ts";
import { Screen } from "./screen.ts";
import { isCritical, Refusal } from "./script.ts";
import { type Part, Stage } from "./stage.ts";
import { isFlawless, lastLine, type Tally, tally } from "./tally.ts";

/** A consult goes line by line, as people talk. A long text has this many lines on their way at a time. */
const longTextFrom = 100;
const longTextWindow = 128;
const patience = 60_000;

const endings = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

try {
  const options = readOptions(process.argv.slice(2));
  process.exitCode = await run(readLines(options.file), options);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`two-hospitals: ${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

async function run(lines: readonly string[], { keep, spoil }: Options): Promise<number> {
  const folder = makeFolder(keep);
  const parts = [makePart(0, folder), makePart(1, folder)] as const;
  if (keep !== undefined) for (const side of [0, 1] as const) writeKey(side, folder, parts[side]);
  clearUpInTheEnd(folder, keep !== undefined);

  const played = spoil === "repeat" ? [...lines, ...lines.slice(-2, -1)] : lines;
  const screen = new Screen(process.stdout, played);
  try {
    const isPlayed = await play(played, folder, parts, screen);
    if (spoil === "lose") await loseLastMessage(lines, parts);
    const counts = await count(lines, parts);
    for (const problem of counts.problems) screen.problem(problem);
    if (keep !== undefined) screen.notice(`The databases are in ${folder}, with the keys that open them`);
    screen.end(lastLine(counts));
    return isPlayed && isFlawless(counts, lines.length, lines.filter(isCritical).length) ? 0 : 1;
  } catch (error) {
    // Without the stores there is nothing to count, and no last line that would say otherwise.
    screen.problem(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/** Plays the lines. False where that went wrong: what the stores hold then is counted all the same. */
async function play(
  lines: readonly string[],
  folder: string,
  parts: readonly [Part, Part],
  screen: Screen,
): Promise<boolean> {
  const window = lines.length < longTextFrom ? 1 : longTextWindow;
  const database = join(folder, relayDatabase);
  try {
    await new Stage({ lines, relayDatabase: database, parts, window, patience, screen }).play();
    return true;
  } catch (error) {
    screen.problem(error instanceof Error ? error.message : String(error));
    await killPrograms();
    return false;
  }
}

async function count(lines: readonly string[], parts: readonly [Part, Part]): Promise<Tally> {
  const stored = await Promise.all(parts.map(audit));
  const account = (side: Side) => ({
    name: hospitals[side].name,
    lines: lines.filter((_, line) => speakerOf(line) === side),
    messages: stored[side] ?? [],
  });
  return tally([account(0), account(1)]);
}

/** Behind the back of the client that received it. */
async function loseLastMessage(lines: readonly string[], parts: readonly [Part, Part]): Promise<void> {
  const { loseOneMessage } = await import("./spoil.ts");
  await loseOneMessage(parts[otherThan(speakerOf(lines.length - 1))].database);
}

/** However this process ends, no other one and no scratch stays behind. */
function clearUpInTheEnd(folder: string, isKept: boolean): void {
  process.on("exit", () => {
    void killPrograms();
    if (!isKept) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  for (const [signal, status] of Object.entries(endings)) process.once(signal, () => process.exit(status));
  process.stdout.on("error", () => process.exit(1)); // nobody reads any more
}
