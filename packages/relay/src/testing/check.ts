import { type ErrorCode, hasCode, hex } from "@readback/core/wire";

/** Throws an error that says `what` should have been, unless `holds`. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`expected ${what}`);
}

/** Throws unless both are the same text when written down; bytes are written as hexadecimal. */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [written(actual), written(expected)];
  if (found !== wanted)
    throw new Error(`${what}: expected ${wanted.slice(0, 200)}, found ${found.slice(0, 200)}`);
}

/** Throws unless `promise` rejects with this code. */
export async function checkRejects(promise: Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  const problem = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  check(hasCode(problem, code), `${what} to reject with ${code}, found ${String(problem)}`);
}

function written(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Uint8Array) return hex(part);
    return typeof part === "bigint" ? `${part}n` : part;
  });
  return text ?? "undefined";
}
