/** A consult between two hospitals, in three processes, with a crash of a client and one of the relay half-way. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { audit } from "./audit.ts";
import { hospitals, otherThan, relayDatabase, type Side, speakerOf } from "./cast.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { killPrograms } from "./program.ts";
import { Screen } from "./screen.ts";
import { isCritical, Refusal, readScript } from "./script.ts";
import { type Part, Stage } from "./stage.ts";
import { isFlawless, lastLine, tally } from "./tally.ts";

/** A consult goes line by line, as people talk. A long text has this many lines on their way at a time. */
const longTextFrom = 100;
const longTextWindow = 128;
const patience = 60_000;

/** npm runs scripts in the repository's folder; paths are meant from where the person called it. */
const home = (process.env.npm_lifecycle_event === "start" && process.env.INIT_CWD) || process.cwd();

try {
  const options = readOptions(process.argv.slice(2));
  const lines = readLines(options.file);
  process.exitCode = await run(lines, options);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`two-hospitals: ${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

async function run(lines: readonly string[], { keep, spoil }: Options): Promise<number> {
  const folder = makeFolder(keep);
  process.on("exit", () => {
    void killPrograms();
    if (keep === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  const parts = [makePart(0, folder), makePart(1, folder)] as const;
  if (keep !== undefined) for (const side of [0, 1] as const) writeKey(side, folder, parts[side]);
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => process.exit(status));
  }
  process.stdout.on("error", () => process.exit(1)); // nobody reads any more

  const played = spoil === "repeat" ? [...lines, ...lines.slice(-2, -1)] : lines;
  const screen = new Screen(process.stdout, played);
  const window = played.length < longTextFrom ? 1 : longTextWindow;
  const stage = new Stage({
    lines: played,
    relayDatabase: join(folder, relayDatabase),
    parts,
    window,
    patience,
    screen,
  });
  let isPlayed = true;
  try {
    await stage.play();
  } catch (error) {
    isPlayed = false;
    screen.problem(error instanceof Error ? error.message : String(error));
    await killPrograms();
  }

  if (spoil === "lose") {
    const { loseOneMessage } = await import("./spoil.ts");
    await loseOneMessage(parts[otherThan(speakerOf(lines.length - 1))].database);
  }
  const stored = await Promise.all(parts.map(audit));
  const account = (side: Side) => ({
    name: hospitals[side].name,
    lines: lines.filter((_, line) => speakerOf(line) === side),
    messages: stored[side] ?? [],
  });
  const counts = tally([account(0), account(1)]);
  for (const problem of counts.problems) screen.problem(problem);
  if (keep !== undefined) screen.notice(`The databases are in ${folder}, with the keys that open them`);
  screen.end(lastLine(counts));
  return isPlayed && isFlawless(counts, lines.length, lines.filter(isCritical).length) ? 0 : 1;
}

function readLines(file: string | undefined): string[] {
  const path =
    file === undefined ? fileURLToPath(new URL("consult.txt", import.meta.url)) : resolve(home, file);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  return readScript(bytes);
}

function makeFolder(keep: string | undefined): string {
  if (keep === undefined) return mkdtempSync(join(tmpdir(), "two-hospitals-"));
  const folder = resolve(home, keep);
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length === 0) return folder;
  } catch (error) {
    throw new Refusal(`${keep} cannot be made: ${error instanceof Error ? error.message : error}`);
  }
  throw new Refusal(`${keep} is not empty`);
}

function makePart(side: Side, folder: string): Part {
  const { person, database } = hospitals[side];
  return { person, database: join(folder, database), storeKey: randomBytes(32).toString("hex") };
}

function writeKey(side: Side, folder: string, { storeKey }: Part): void {
  writeFileSync(join(folder, hospitals[side].key), `${storeKey}\n`, { mode: 0o600 });
}
