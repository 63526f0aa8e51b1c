import { decodeCbor, encodeCbor } from "../codec/cbor.ts";
import { utf8 } from "../codec/utf8.ts";
import { type Details, readDetails, writeDetails } from "./content-details.ts";
import {
  arrayOf,
  broken,
  bytesOf,
  decodeText,
  encodeText,
  type FieldCode,
  messageIdOf,
  naturalFrom,
} from "./content-field.ts";
import { maximumContentSize } from "./media-framing.ts";
import { type ContentContext, type MessageId, saltSize } from "./message-id.ts";

/** A person's word that a message has reached them: a deliberate act, never automatic. */
export interface AcknowledgementContent {
  readonly type: "acknowledgement";
  /** The message; an id is one version of it. */
  readonly of: MessageId;
  /** Its place in the log. */
  readonly ofSeq: number;
  /** What was read back: 1 to 16,384 bytes in UTF-8. */
  readonly text?: string;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly details: Details;
}

/** The media type of an acknowledgement (profile RB-1). */
export const acknowledgementType = "application/vnd.readback.ack+cbor";

/** The array, its extensions map, and up to three levels in that. */
const maximumDepth = 5;

/** Encodes an acknowledgement: salt, message id, seq, text or null, extensions. Throws `empty-text`, `text-too-long`, `invalid-argument`. */
export function encodeAcknowledgement(content: AcknowledgementContent, context: ContentContext): Uint8Array {
  const code = "invalid-argument";
  const { text } = content;
  // The check is on the bytes, the text itself goes out as CBOR text.
  if (text !== undefined) encodeText(text);
  return encodeCbor([
    bytesOf(saltSize, content.salt, code),
    messageIdOf(content.of, code),
    checkSeq(naturalFrom(1, content.ofSeq, code), content.details, code),
    text ?? null,
    writeDetails(content.details, context),
  ]);
}

/**
 * Decodes an acknowledgement. `undefined` where it has an intention that this version does not know. Throws `malformed`
 * and `too-large`; see {@link readDetails} for `context`.
 */
export function decodeAcknowledgement(
  bytes: Uint8Array,
  context: ContentContext | undefined,
): AcknowledgementContent | undefined {
  const document = decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth });
  const [salt, of, ofSeq, text, extensions] = arrayOf(document, 5);
  const code = "malformed";
  if (text !== null && typeof text !== "string") throw broken(code);
  const words = text === null ? {} : { text: decodeText(utf8(text)) };
  const reference = { of: messageIdOf(of, code), ofSeq: naturalFrom(1, ofSeq, code) };
  const checkedSalt = bytesOf(saltSize, salt, code);
  const details = readDetails(extensions, bytes.length, context);
  if (details === undefined) return undefined;
  checkSeq(reference.ofSeq, details, code);
  return { type: "acknowledgement", ...reference, ...words, salt: checkedSalt, details };
}

/** Nobody can acknowledge what they have not seen. */
function checkSeq(ofSeq: number, { seen }: Details, code: FieldCode): number {
  if (ofSeq > seen.seq) throw broken(code);
  return ofSeq;
}
