import { type CborKey, type CborValue, decodeCbor, encodeCbor } from "../codec/cbor.ts";
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
import { type Request, readRequest, writeRequest } from "./request.ts";

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
  /** `rb.d`: until when, in milliseconds by the relay's time; not with `fyi`, which wants nothing. */
  readonly deadline?: number;
  /** `rb.r`: what the author asks for. */
  readonly request?: Request;
  readonly details: Details;
}

/** The media type of MIMI content. */
export const mimiContentType = "application/mimi-content";

const plainText = "text/plain;charset=utf-8";
/** MIMI clients must take this one, and may show it as plain text (MIMI content, "GFM in MIMI"). */
const markdown = "text/markdown;variant=GFM-MIMI";
const key = { deadline: "rb.d", request: "rb.r" } as const;
const render = 1;
const singlePart = 1;
/** Four nested parts, each in a list of parts, in the array of seven (MIMI content, "Depth restrictions"). */
const maximumDepth = 8;

/**
 * Encodes a text as MIMI content -08. Throws `empty-text`, `text-too-long`, `invalid-argument`, and `too-large` where
 * the request and the other extensions are over 4 KiB.
 */
export function encodeTextContent(content: TextContent, context: ContentContext): Uint8Array {
  const code = "invalid-argument";
  return encodeCbor([
    bytesOf(saltSize, content.salt, code),
    content.replaces === undefined ? null : messageIdOf(content.replaces, code),
    new Uint8Array(),
    null,
    content.inReplyTo === undefined ? null : messageIdOf(content.inReplyTo, code),
    writeDetails(content.details, context, writeAsked(content)),
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
  const asked = readAsked(extensions, details);
  if (topic.length > 0 || expires !== null || details === undefined || text === undefined) return undefined;
  return asked && { type: "text", text, salt: checkedSalt, ...references, ...asked, details };
}

type Asked = Pick<TextContent, "deadline" | "request">;

function writeAsked({ deadline, request, details }: TextContent): [CborKey, CborValue][] {
  const asked: [CborKey, CborValue][] = [];
  if (deadline !== undefined)
    asked.push([key.deadline, checkDeadline(deadline, details, "invalid-argument")]);
  if (request !== undefined) asked.push([key.request, writeRequest(request)]);
  return asked;
}

/** `undefined` where something is asked for that this version does not know. */
function readAsked(extensions: CborValue | undefined, details: Details | undefined): Asked | undefined {
  // Details were read from them, so they are a map.
  const map = extensions as ReadonlyMap<CborKey, CborValue>;
  const [deadline, form] = [map.get(key.deadline), map.get(key.request)];
  const request = form === undefined ? undefined : readRequest(form);
  if (form !== undefined && request === undefined) return undefined;
  return {
    ...(deadline === undefined ? {} : { deadline: checkDeadline(deadline, details, "malformed") }),
    ...(request === undefined ? {} : { request }),
  };
}

function checkDeadline(deadline: CborValue, details: Details | undefined, code: FieldCode): number {
  if (details?.intent === "fyi") throw broken(code);
  return naturalFrom(1, deadline, code);
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
