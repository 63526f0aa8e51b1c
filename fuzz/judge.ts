import { getHeapStatistics } from "node:v8";
import { sameBytes } from "../packages/core/src/codec/bytes.ts";
import { ReadbackError } from "../packages/core/src/error.ts";
import type { Target } from "./target.ts";

const usualTime = 50;
const usualMemory = 2 ** 20;
/** A collection or a compilation may spoil one measurement, hardly all of them. */
const mostTries = 5;

/** What became of one input. */
export type Verdict =
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly code: string }
  /** `what` tells which promise is broken: findings with the same words are the same. */
  | { readonly kind: "finding"; readonly what: string };

/** Gives an input to a target and measures what that takes; a measure that is too high is repeated before it is believed. */
export async function judge(target: Target, input: Uint8Array): Promise<Verdict> {
  let verdict: Verdict = { kind: "taken" };
  const mostTime = target.time ?? usualTime;
  let tooMuch = "";
  for (let tries = 0; tries < mostTries; tries++) {
    const before = heap();
    const start = milliseconds();
    verdict = await tried(target, input);
    const time = milliseconds() - start;
    const memory = heap() - before;
    if (verdict.kind === "finding") return verdict;
    const isSlow = time > mostTime;
    if (!isSlow && memory <= (target.memory ?? usualMemory) + 1024 * input.length) return verdict;
    tooMuch = isSlow ? `takes more than ${mostTime} ms` : "allocates out of proportion";
  }
  return { kind: "finding", what: tooMuch };
}

async function tried(target: Target, input: Uint8Array): Promise<Verdict> {
  const given = new Uint8Array(input);
  try {
    const promised = target.take(given);
    const encoded = promised instanceof Promise ? await promised : promised;
    if (!sameBytes(given, input)) return { kind: "finding", what: "writes into its input" };
    if (encoded !== undefined && !sameBytes(encoded, input))
      return { kind: "finding", what: "has two encodings of one value" };
    return { kind: "taken" };
  } catch (error) {
    return verdictOf(target, error);
  }
}

function verdictOf(target: Target, error: unknown): Verdict {
  if (!(error instanceof ReadbackError)) return { kind: "finding", what: `throws ${placeOf(error)}` };
  if (target.mayRefuse(error.code)) return { kind: "refused", code: error.code };
  return { kind: "finding", what: `refuses with ${error.code}: ${placeOf(error)}` };
}

/** The first lines of what was thrown, without what differs from input to input. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [at = ""] = error.stack?.match(/[\w-]+\.ts:\d+/) ?? [];
  return `${error.name}: ${error.message.split("\n")[0]} (${at})`;
}

/** Of this thread's own work: what else the machine does is no matter. */
function milliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function heap(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
