import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { maximumCredentialSize, maximumKeySize } from "./limits.ts";

/** A revocation service of an organisation, as a relay tells of it: nothing of it is to be believed unjudged. */
export interface AnnouncedService {
  readonly signatureKey: Uint8Array;
  /** An encoded MLS `Credential` (RFC 9420 §5.3). */
  readonly credential: Uint8Array;
}

/** Encodes a service. */
export function writeAnnouncedService(writer: Writer, { signatureKey, credential }: AnnouncedService): void {
  writer.bytes(signatureKey).bytes(credential);
}

/** Decodes a service. Throws `malformed` or `too-large`. */
export function readAnnouncedService(reader: Reader): AnnouncedService {
  return { signatureKey: reader.bytes(maximumKeySize), credential: reader.bytes(maximumCredentialSize) };
}
