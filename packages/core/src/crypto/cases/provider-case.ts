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
    name: `suite ${id < 0xf000 ? id : `0x${id.toString(16)}`}: ${name}`,
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

/**
 * Throws unless the bytes are refused as a public key.
 *
 * @param where - a key may have another form than what is encapsulated; then it is not tried as such
 */
export function refusesPublicKey(
  { kem }: Pick<CipherSuite, "kem">,
  key: Uint8Array,
  what: string,
  where: "everywhere" | "a public key only" = "everywhere",
): void {
  holds(!kem.isPublicKey(key), `is no public key: ${what}`);
  holds(kem.encapsulate(key, bytes(kem.seedSize)) === undefined, `not encapsulated to: ${what}`);
  if (where === "a public key only") return;
  const pair = kem.deriveKeyPair(bytes(kem.seedSize, 7));
  same(kem.decapsulate(key, pair), undefined, `not decapsulated: ${what}`);
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

/** Sum of two little-endian integers of the same size. */
export function plus(a: Uint8Array, b: Uint8Array): Uint8Array {
  let carry = 0;
  return a.map((byte, i) => {
    carry += byte + (b[i] ?? 0);
    const low = carry & 0xff;
    carry >>>= 8;
    return low;
  });
}

function show(value: string | Uint8Array | undefined): string {
  return value === undefined ? "nothing" : typeof value === "string" ? value : hex(value);
}
