import { hex } from "../codec/hex.ts";
import type { ErrorCode } from "../error.ts";

/** Throws an error that says `what` should have been, unless `holds`. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`expected ${what}`);
}

/** Throws unless `actual` and `expected` are the same text when written down; bytes are written as hexadecimal. */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [written(actual), written(expected)];
  if (found !== wanted) throw new Error(`${what}: expected ${shortened(wanted)}, found ${shortened(found)}`);
}

/** Throws unless `promise` rejects with a `ReadbackError` of this code. */
export async function checkRejects(promise: Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  let problem: unknown;
  try {
    await promise;
  } catch (error) {
    problem = error;
  }
  check(problem !== undefined, `${what} to reject with ${code}, but it resolved`);
  const found = problem as { name?: unknown; code?: unknown };
  check(
    found.name === "ReadbackError" && found.code === code,
    `${what} to reject with ${code}, but it rejected with ${String(found.code ?? problem)}`,
  );
}

function written(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part) => (part instanceof Uint8Array ? hex(part) : part)) ?? "undefined"
  );
}

function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}… (${text.length} characters)`;
}
