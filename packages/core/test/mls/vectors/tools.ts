import assert from "node:assert/strict";
import { fromHex, hex } from "../../../src/codec/hex.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../../src/crypto.ts";
import { everySuite } from "../../crypto/every-suite.ts";

/** What a runner of one vector case says; a case that does not hold throws. */
export type Outcome = "passed" | `skipped: ${string}`;

/** A module that runs the cases of one vector schema. */
export interface Runner {
  run(vector: unknown): Outcome;
}

const provider = everySuite(defaultCryptoProvider());

/** The suite of an IANA number, or `undefined` where it is not built. */
export function suiteOf(id: number): CipherSuite | undefined {
  return provider.suite(id);
}

/**
 * The private KEM key of a vector, as long as the suite has it. Where it is an integer, as over P-521, some vectors come
 * without its leading zeros; RFC 9180 §7.1.2 has them.
 */
export function kemPrivateKey({ kem }: CipherSuite, text: string): Uint8Array {
  return padded(text, kem.deriveKeyPair(new Uint8Array(kem.seedSize)).privateKey.length);
}

/** The private signature key of a vector, likewise. */
export function signaturePrivateKey({ signature }: CipherSuite, text: string): Uint8Array {
  return padded(text, signature.deriveKeyPair(new Uint8Array(signature.seedSize)).privateKey.length);
}

function padded(text: string, size: number): Uint8Array {
  return fromHex(text.padStart(2 * size, "0"));
}

/** The outcome of a case whose suite is not built. */
export function skippedSuite(id: number): Outcome {
  return `skipped: suite ${id} is not built`;
}

/** Throws unless `actual` has the hexadecimal form `expected`; `what` says what differs. */
export function assertHex(actual: Uint8Array, expected: string, what: string): void {
  assert.equal(hex(actual), expected, what);
}
