import { type CborKey, type CborValue, decodeCbor, encodeCbor } from "../codec/cbor.ts";
import { readDetails, type Unsaid, writeDetails } from "./content-details.ts";
import { arrayOf, broken, bytesOf, decodeText, encodeText, messageIdOf } from "./content-field.ts";
import { maximumContentSize } from "./media-framing.ts";
import { type ContentContext, type MessageId, saltSize } from "./message-id.ts";
import { isReaction, type ReactionContent } from "./reaction-content.ts";
import { type RecallContent, readReason, writeReason } from "./recall-content.ts";
import { readAsked, type TextContent, writeAsked } from "./text-content.ts";

/** What is said as MIMI content. */
export type MimiContent = TextContent | RecallContent | ReactionContent;

/** The media type of MIMI content. */
export const mimiContentType = "application/mimi-content";

const plainText = "text/plain;charset=utf-8";
/** MIMI clients must take this one, and may show it as plain text (MIMI content, "GFM in MIMI"). */
const markdown = "text/markdown;variant=GFM-MIMI";
const disposition = { render: 1, reaction: 2 } as const;
const cardinality = { none: 0, single: 1 } as const;
/** Four nested parts, each in a list of parts, in the array of seven (MIMI content, "Depth restrictions"). */
const maximumDepth = 8;

/**
 * Encodes MIMI content -08. Throws `empty-text`, `text-too-long`, `invalid-argument`, and `too-large` where the request
 * and the other extensions are over 4 KiB.
 */
export function encodeMimiContent(content: MimiContent, context: ContentContext): Uint8Array {
  const { salt, replaces, details } = content;
  return encodeCbor([
    bytesOf(saltSize, salt, "invalid-argument"),
    writeReference(replaces),
    new Uint8Array(),
    null,
    writeReference(content.type === "reaction" ? content.of : content.inReplyTo),
    writeDetails(details, context, extensionsOf(content)),
    partOf(content),
  ]);
}

/**
 * Decodes MIMI content -08. `undefined` where it is sound but says something that this version cannot show in full: an
 * attachment, a topic, an expiry. Throws `malformed` and `too-large`; see {@link readDetails} for `context`.
 */
export function decodeMimiContent(
  bytes: Uint8Array,
  context: ContentContext | undefined,
): MimiContent | undefined {
  const document = decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth });
  const [salt, replaces, topic, expires, inReplyTo, extensions, part] = arrayOf(document, 7);
  const references = { replaces: readReference(replaces), inReplyTo: readReference(inReplyTo) };
  if (!(topic instanceof Uint8Array)) throw broken("malformed");
  const checkedSalt = bytesOf(saltSize, salt, "malformed");
  const details = readDetails(extensions, bytes.length, context);
  const said = readPart(part);
  // Details were read from them, so they are a map.
  const map = extensions as ReadonlyMap<CborKey, CborValue>;
  const asked = said?.kind === disposition.render ? readAsked(map, details) : {};
  if (topic.length > 0 || expires !== null || !details || !said || !asked) return undefined;
  const content = contentOf(said, references, asked, map);
  return content && { ...content, salt: checkedSalt, details };
}

interface References {
  readonly replaces: MessageId | undefined;
  readonly inReplyTo: MessageId | undefined;
}

/** A part that this version can show. `text` is left out where it has no body: that takes something back. */
interface Said {
  readonly kind: 1 | 2;
  readonly text: string | undefined;
}

function contentOf(
  { kind, text }: Said,
  { replaces, inReplyTo }: References,
  asked: Partial<TextContent>,
  extensions: ReadonlyMap<CborKey, CborValue>,
): Unsaid<MimiContent> | undefined {
  const former = replaces && { replaces };
  if (kind === disposition.reaction) {
    if (inReplyTo === undefined || (text === undefined ? !former : !isReaction(text))) return undefined;
    return { type: "reaction", of: inReplyTo, ...former, ...(text === undefined ? {} : { reaction: text }) };
  }
  const answered = inReplyTo && { inReplyTo };
  if (text !== undefined) return { type: "text", text, ...former, ...answered, ...asked };
  return former && { type: "recall", ...former, ...answered, ...readReason(extensions) };
}

function extensionsOf(content: MimiContent): [CborKey, CborValue][] {
  if (content.type === "text") return writeAsked(content);
  return content.type === "recall" ? writeReason(content) : [];
}

function partOf(content: MimiContent): CborValue {
  const kind = content.type === "reaction" ? disposition.reaction : disposition.render;
  const text = content.type === "reaction" ? content.reaction : content.type === "text" && content.text;
  if (typeof text !== "string") return [kind, "", cardinality.none];
  if (content.type === "reaction" && !isReaction(text)) throw broken("invalid-argument");
  return [kind, "", cardinality.single, plainText, encodeText(text)];
}

function readPart(part: CborValue | undefined): Said | undefined {
  if (!Array.isArray(part) || part.length < 3) throw broken("malformed");
  const [kind, language, count, type, content] = part as readonly CborValue[];
  if (typeof kind !== "number" || typeof language !== "string") throw broken("malformed");
  const isKnown = (kind === disposition.render || kind === disposition.reaction) && language === "";
  if (count === cardinality.none) {
    if (part.length !== 3) throw broken("malformed");
    return isKnown ? { kind, text: undefined } : undefined;
  }
  if (count !== cardinality.single) return undefined;
  if (part.length !== 5 || typeof type !== "string" || !(content instanceof Uint8Array))
    throw broken("malformed");
  return isKnown && (type === plainText || type === markdown)
    ? { kind, text: decodeText(content) }
    : undefined;
}

function writeReference(id: MessageId | undefined): CborValue {
  return id === undefined ? null : messageIdOf(id, "invalid-argument");
}

function readReference(value: CborValue | undefined): MessageId | undefined {
  return value === null ? undefined : messageIdOf(value, "malformed");
}
