import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { hospitals, type Side } from "./cast.ts";
import { Refusal, readScript } from "./script.ts";
import type { Part } from "./stage.ts";

/** npm runs scripts in the repository's folder; paths are meant from where the person called it. */
const home = (process.env.npm_lifecycle_event === "start" && process.env.INIT_CWD) || process.cwd();

/** The messages in a file, or those of the consult. Throws `Refusal` where it cannot be read or played. */
export function readLines(file: string | undefined): string[] {
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

/** A new scratch folder, or the empty one to keep. Throws `Refusal` where it cannot be had. */
export function makeFolder(keep: string | undefined): string {
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

/** Whose client it is, and where it keeps everything under a new key. */
export function makePart(side: Side, folder: string): Part {
  const { person, database } = hospitals[side];
  return { person, database: join(folder, database), storeKey: randomBytes(32).toString("hex") };
}

/** Writes down the key that opens a kept database. */
export function writeKey(side: Side, folder: string, { storeKey }: Part): void {
  writeFileSync(join(folder, hospitals[side].key), `${storeKey}\n`, { mode: 0o600 });
}
