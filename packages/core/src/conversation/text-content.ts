import { type CborValue, decodeCbor, encodeCbor } from "../codec/cbor.ts";
import { type Details, readDetails, writeDetails } from "./content-details.ts";
import { arrayOf, broken, bytesOf, decodeText, encodeText, messageIdOf } from "./content-field.ts";
import { maximumContentSize } from "./media-framing.ts";
import { type ContentContext, type MessageId, saltSize } from "./message-id.ts";

/** A text that a person wrote. */
export interface TextContent {
  readonly type: "text";
  /** 1 to 16,384 bytes in UTF-8, shown as it is: no mark-up. */
  readonly text: string;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly inReplyTo?: MessageId;
  /** The first version of the message that this one stands for. */
  readonly replaces?: MessageId;
  readonly details: Details;
}

/** The media type of MIMI content. */
export const mimiContentType = "application/mimi-content";

const plainText = "text/plain;charset=utf-8";
/** MIMI clients must take this one, and may show it as plain text (MIMI content, "GFM in MIMI"). */
const markdown = "text/markdown;variant=GFM-MIMI";
const render = 1;
const singlePart = 1;
/** Four nested parts, each in a list of parts, in the array of seven (MIMI content, "Depth restrictions"). */
const maximumDepth = 8;

/** Encodes a text as MIMI content -08. Throws `empty-text`, `text-too-long`, `invalid-argument`. */
export function encodeTextContent(content: TextContent, context: ContentContext): Uint8Array {
  const code = "invalid-argument";
  return encodeCbor([
    bytesOf(saltSize, content.salt, code),
    content.replaces === undefined ? null : messageIdOf(content.replaces, code),
    new Uint8Array(),
    null,
    content.inReplyTo === undefined ? null : messageIdOf(content.inReplyTo, code),
    writeDetails(content.details, context),
    [render, "", singlePart, plainText, encodeText(content.text)],
  ]);
}

/**
 * Decodes MIMI content -08. `undefined` where it is sound but says something that this version cannot show in full: an
 * attachment, a reaction, a topic, an expiry. Throws `malformed` and `too-large`; see {@link readDetails} for `context`.
 */
export function decodeTextContent(
  bytes: Uint8Array,
  context: ContentContext | undefined,
): TextContent | undefined {
  const document = decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth });
  const [salt, replaces, topic, expires, inReplyTo, extensions, part] = arrayOf(document, 7);
  const code = "malformed";
  const references = {
    ...(replaces === null ? {} : { replaces: messageIdOf(replaces, code) }),
    ...(inReplyTo === null ? {} : { inReplyTo: messageIdOf(inReplyTo, code) }),
  };
  if (!(topic instanceof Uint8Array)) throw broken(code);
  const checkedSalt = bytesOf(saltSize, salt, code);
  const details = readDetails(extensions, bytes.length, context);
  const text = readText(part);
  if (topic.length > 0 || expires !== null || details === undefined || text === undefined) return undefined;
  return { type: "text", text, salt: checkedSalt, ...references, details };
}

function readText(part: CborValue | undefined): string | undefined {
  if (!Array.isArray(part) || part.length < 3) throw broken("malformed");
  const [disposition, language, cardinality, type, content] = part as readonly CborValue[];
  if (typeof disposition !== "number" || typeof language !== "string") throw broken("malformed");
  if (cardinality !== singlePart) return undefined;
  if (part.length !== 5 || typeof type !== "string" || !(content instanceof Uint8Array))
    throw broken("malformed");
  const isText = disposition === render && language === "" && (type === plainText || type === markdown);
  return isText ? decodeText(content) : undefined;
}
