import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, hex } from "../packages/core/src/codec/hex.ts";
import type { Target } from "./target.ts";

/** An input that has broken a target once. */
export interface Regression {
  readonly file: string;
  readonly input: Uint8Array;
}

/** Keeps an input with the tests, which try it from then on; returns its file. */
export function keep(target: Target, input: Uint8Array): string {
  const folder = folderOf(target);
  mkdirSync(folder, { recursive: true });
  const mark = createHash("sha256").update(input).digest("hex").slice(0, 8);
  const file = join(folder, `${target.name}-${mark}.hex`);
  writeFileSync(file, `${hex(input)}\n`);
  return file;
}

/** All that were kept for a target. */
export function regressions(target: Target): Regression[] {
  const folder = folderOf(target);
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const own = new RegExp(`^${target.name}-[0-9a-f]{8}\\.hex$`);
  return files
    .filter((file) => own.test(file))
    .map((file) => ({ file, input: fromHex(readFileSync(join(folder, file), "utf8").trim()) }));
}

function folderOf({ home }: Target): string {
  return join(import.meta.dirname, `../packages/${home}/test/regressions`);
}
