import type { CborValue } from "../codec/cbor.ts";
import { decodeCbor, encodeCbor } from "../codec/cbor.ts";
import type { MessageOpening } from "../mls/private-message.ts";
import { maximumApplicationSize } from "../wire/limits.ts";
import { readSeen, type Seen, writeSeen } from "./content-details.ts";
import { arrayOf, broken, bytesOf, type FieldCode, naturalFrom } from "./content-field.ts";
import { maximumContentSize } from "./media-framing.ts";

/**
 * What stands at a place of the log, said again by the device that has said it, for those who could not read it there.
 * It is the same message, at its place: whoever holds it already passes over this.
 */
export interface AgainContent {
  readonly type: "again";
  readonly seen: Seen;
  readonly ofSeq: number;
  /** The framed content. */
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
  /** What makes the entry's payload again: so it is proved that the content stands there, and no other. */
  readonly opening: MessageOpening;
}

/** The media type of what is said again (profile RB-1). */
export const againType = "application/vnd.readback.again+cbor";

const maximumDepth = 2;

/** Encodes what is said again: seen, place, content, signature, opening. Throws `invalid-argument`. */
export function encodeAgain(again: AgainContent): Uint8Array {
  const { key, nonce, encryptedSenderData, length, authenticatedData } = again.opening;
  const opening = [key, nonce, encryptedSenderData, length, authenticatedData];
  const form = [writeSeen(again.seen), again.ofSeq, again.content, again.signature, opening];
  readAgain(form, "invalid-argument");
  return encodeCbor(form);
}

/** Decodes what is said again. Throws `malformed` and `too-large`. */
export function decodeAgain(bytes: Uint8Array): AgainContent {
  return readAgain(decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth }), "malformed");
}

function readAgain(form: CborValue, code: FieldCode): AgainContent {
  const [encodedSeen, place, content, signature, opening] = arrayOf(form, 5);
  const [key, nonce, encryptedSenderData, length, authenticatedData] = arrayOf(opening, 5);
  const seen = readSeen(encodedSeen);
  const ofSeq = naturalFrom(1, place, code);
  const size = naturalFrom(0, length, code);
  if (ofSeq > seen.seq || size > maximumApplicationSize) throw broken(code);
  return {
    type: "again",
    seen,
    ofSeq,
    content: anyBytes(content, code),
    signature: anyBytes(signature, code),
    opening: {
      key: anyBytes(key, code),
      nonce: anyBytes(nonce, code),
      encryptedSenderData: anyBytes(encryptedSenderData, code),
      length: size,
      authenticatedData: anyBytes(authenticatedData, code),
    },
  };
}

function anyBytes(value: CborValue | undefined, code: FieldCode): Uint8Array {
  return bytesOf(value instanceof Uint8Array ? value.length : 0, value, code);
}
