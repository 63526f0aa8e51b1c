import assert from "node:assert/strict";
import { hex } from "../../../src/codec/hex.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { defaultCryptoProvider, withSuites } from "../../../src/crypto.ts";
import { p521Suite, x448ChaCha20Suite, x448Suite } from "../../../src/suites.ts";

/** What a runner of one vector case says; a case that does not hold throws. */
export type Outcome = "passed" | `skipped: ${string}`;

/** A module that runs the cases of one vector schema. */
export interface Runner {
  run(vector: unknown): Outcome;
}

const provider = withSuites(defaultCryptoProvider(), x448Suite, p521Suite, x448ChaCha20Suite);

/** The suite of an IANA number, or `undefined` where it is not built. */
export function suiteOf(id: number): CipherSuite | undefined {
  return provider.suite(id);
}

/** The outcome of a case whose suite is not built. */
export function skippedSuite(id: number): Outcome {
  return `skipped: suite ${id} is not built`;
}

/** Throws unless `actual` has the hexadecimal form `expected`; `what` says what differs. */
export function assertHex(actual: Uint8Array, expected: string, what: string): void {
  assert.equal(hex(actual), expected, what);
}
