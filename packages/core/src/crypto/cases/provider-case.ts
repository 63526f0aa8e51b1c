import { hex } from "../../codec/hex.ts";
import { hasCode } from "../../error.ts";
import type { CipherSuite, CryptoProvider } from "../suite.ts";

/** One thing that every {@link CryptoProvider} must do. Needs no test runner: `run` throws where it does not hold. */
export interface ProviderCase {
  readonly name: string;
  run(provider: CryptoProvider): void;
}

/** A case for each of the given suites; one that the provider does not have has nothing to show. */
export function suiteCases(
  ids: readonly number[],
  name: string,
  run: (suite: CipherSuite, provider: CryptoProvider) => void,
): ProviderCase[] {
  return ids.map((id) => ({
    name: `suite ${id}: ${name}`,
    run(provider) {
      const suite = provider.suite(id);
      if (suite !== undefined) run(suite, provider);
    },
  }));
}

/** Throws unless `value` is true. */
export function holds(value: boolean, what: string): void {
  if (!value) throw new Error(`does not hold: ${what}`);
}

/** Throws unless the bytes are these, given as hexadecimal or as bytes. */
export function same(
  actual: Uint8Array | undefined,
  expected: string | Uint8Array | undefined,
  what: string,
): void {
  const [got, wanted] = [show(actual), show(expected)];
  if (got !== wanted) throw new Error(`${what}: got ${got}, not ${wanted}`);
}

/** Throws unless `run` throws `invalid-argument`. */
export function refuses(run: () => unknown, what: string): void {
  try {
    run();
  } catch (error) {
    if (hasCode(error, "invalid-argument")) return;
    throw error;
  }
  throw new Error(`not refused: ${what}`);
}

/** `length` bytes that look like nothing, the same each time for the same `start`. */
export function bytes(length: number, start = 1): Uint8Array {
  let state = start;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  });
}

/** A copy with one bit turned. */
export function flipped(original: Uint8Array, bit: number): Uint8Array {
  const copy = original.slice();
  copy[bit >>> 3] = (copy[bit >>> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

function show(value: string | Uint8Array | undefined): string {
  return value === undefined ? "nothing" : typeof value === "string" ? value : hex(value);
}
