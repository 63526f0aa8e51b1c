import { concat } from "../codec/bytes.ts";
import { Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { type AuthenticatedContent, encodedFramedContent, wireFormats } from "./framing.ts";

/**
 * The confirmed transcript hash after a commit (RFC 9420 §8.2).
 *
 * @param interimTranscriptHash - of the epoch in which the commit was sent
 */
export function confirmedTranscriptHash(
  suite: CipherSuite,
  interimTranscriptHash: Uint8Array,
  { wireFormat, content, auth }: AuthenticatedContent,
): Uint8Array {
  const writer = new Writer(1_024).raw(interimTranscriptHash).u16(wireFormats[wireFormat]);
  return suite.hash.digest(writer.raw(encodedFramedContent(content)).bytes(auth.signature).finish());
}

/** The interim transcript hash of an epoch, from the confirmation tag of the commit that began it (RFC 9420 §8.2). */
export function interimTranscriptHash(
  suite: CipherSuite,
  confirmedHash: Uint8Array,
  confirmationTag: Uint8Array,
): Uint8Array {
  const tag = new Writer(confirmationTag.length + 4).bytes(confirmationTag).finish();
  return suite.hash.digest(concat(confirmedHash, tag));
}

/** The confirmation tag of an epoch (RFC 9420 §6.1): shows that its members have arrived at the same state. */
export function confirmationTagOf(
  suite: CipherSuite,
  confirmationKey: Uint8Array,
  confirmedHash: Uint8Array,
): Uint8Array {
  return suite.hash.mac(confirmationKey, confirmedHash);
}
