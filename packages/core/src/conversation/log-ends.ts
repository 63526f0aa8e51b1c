import { compareBytes } from "../codec/bytes.ts";
import { utf8 } from "../codec/utf8.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { type LogEnd, writeLogEnd } from "../wire/answer.ts";
import { writeName } from "../wire/name.ts";

/** What a relay signs to say where all logs of a device end (profile RB-1, `Ends`). */
export interface Ends {
  /** The full name of the device that has asked. */
  readonly device: string;
  /** From the question. */
  readonly nonce: Uint8Array;
  /** See {@link digestOfEnds}. */
  readonly digest: Uint8Array;
  /** Taken before the ends were read, milliseconds: whatever was accepted before is in them. */
  readonly signedAt: number;
}

const endsLabel = "RB-1 Ends";

/** SHA-256 over `RB-1 ends` and all ends, in the order of their conversations' identifiers. @param suite - the suite 0x0002 */
export function digestOfEnds(suite: CipherSuite, ends: readonly LogEnd[]): Uint8Array {
  const sorted = [...ends].sort((a, b) => compareBytes(a.conversation, b.conversation));
  const write = (writer: Writer): void => void writer.raw(utf8("RB-1 ends")).list(sorted, writeLogEnd);
  return suite.hash.digest(encode(write, undefined));
}

/** Signs ends with the relay's log key. @param suite - the suite 0x0002 */
export function signEnds(suite: CipherSuite, privateKey: Uint8Array, ends: Ends): Uint8Array {
  return signWithLabel(suite, privateKey, endsLabel, encode(writeEnds, ends));
}

/** Whether the relay that holds `logKey` has signed these ends. Never throws on what a relay sent. */
export function verifyEnds(
  suite: CipherSuite,
  logKey: Uint8Array,
  ends: Ends,
  signature: Uint8Array,
): boolean {
  return verifyWithLabel(suite, logKey, endsLabel, encode(writeEnds, ends), signature);
}

function writeEnds(writer: Writer, { device, nonce, digest, signedAt }: Ends): void {
  writeName(writer, device);
  writer.raw(nonce).raw(digest).safe(signedAt);
}
