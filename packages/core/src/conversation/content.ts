import type { Hash } from "../crypto/suite.ts";
import { type AgainContent, againType, decodeAgain, encodeAgain } from "./again-content.ts";
import { type AnswerContent, answerType, decodeAnswer, encodeAnswer } from "./answer-content.ts";
import { decodeFaults, encodeFaults, type FaultContent, faultType } from "./fault-content.ts";
import { decodeForkContent, encodeForkContent, type ForkContent, forkType } from "./fork-content.ts";
import { decodeFraming, encodeFraming, type FramedMedia, framedBytes } from "./media-framing.ts";
import { type ContentContext, type MessageId, messageId, saltSize } from "./message-id.ts";
import { decodeMimiContent, encodeMimiContent, type MimiContent, mimiContentType } from "./mimi-content.ts";
import { decodeReceipt, encodeReceipt, type ReceiptContent, receiptType } from "./receipt-content.ts";

export type { Act, AnswerContent } from "./answer-content.ts";
export type { Details, Intention, Seen } from "./content-details.ts";
export { type ContentContext, type MessageId, roomUri, saltSize, senderUri } from "./message-id.ts";
export type { ReactionContent } from "./reaction-content.ts";
export type { RecallContent } from "./recall-content.ts";
export type { ReceiptContent, ReceiptLevel } from "./receipt-content.ts";
export type { TextContent } from "./text-content.ts";

/** What this version can say. */
export type KnownContent =
  | MimiContent
  | ReceiptContent
  | AnswerContent
  | FaultContent
  | AgainContent
  | ForkContent;

/** What travels inside an MLS application message (profile RB-1, "Content"). */
export type Content =
  | KnownContent
  /** Of a media type, or with features, that this version does not know: kept as it came, never an error. */
  | ({ readonly type: "unknown" } & FramedMedia);

/**
 * Content with its media type: the bytes that MLS encrypts and its author signs. `context` is written into MIMI
 * content and answers. Throws `empty-text`, `text-too-long`, `invalid-argument` where a field is out of its range, and
 * `too-large` over 256 exceptions.
 */
export function encodeContent(content: KnownContent, context: ContentContext): Uint8Array {
  switch (content.type) {
    case "text":
    case "recall":
    case "reaction":
      return encodeFraming(mimiContentType, encodeMimiContent(content, context));
    case "answer":
      return encodeFraming(answerType, encodeAnswer(content, context));
    case "receipt":
      return encodeFraming(receiptType, encodeReceipt(content));
    case "fault":
      return encodeFraming(faultType, encodeFaults(content));
    case "again":
      return encodeFraming(againType, encodeAgain(content));
    case "fork":
      return encodeFraming(forkType, encodeForkContent(content));
  }
}

/**
 * Content from its bytes. What has just been received needs a `context`: the content must name the sender and the
 * conversation that MLS says it came from. Leave it out only for bytes of our own store, which were judged when they
 * came. Throws `malformed` where a rule is broken, and `too-large` over 64 KiB, 4 KiB of extensions or 256 exceptions.
 */
export function decodeContent(framed: Uint8Array, context?: ContentContext): Content {
  const media = decodeFraming(framed);
  return decodeMedia(media, context) ?? { type: "unknown", ...media };
}

/**
 * The id of content. For MIMI content it is the one that every MIMI client computes, and answers have theirs by
 * the same formula. Everything else, which has no salt in a known place, is hashed with its framing, so that no two
 * kinds meet.
 * @param hash - SHA-256
 * @param content - what {@link decodeContent} makes of `framed`
 * @param framed - the bytes that are encrypted
 * @param context - who says it and where
 */
export function contentId(
  hash: Hash,
  content: Content,
  framed: Uint8Array,
  context: ContentContext,
): MessageId {
  if ("salt" in content) return messageId(hash, context, framedBytes(framed), content.salt);
  const { mediaType, bytes } = decodeFraming(framed);
  if (mediaType !== mimiContentType) return messageId(hash, context, framed, new Uint8Array());
  // Sound MIMI content begins with the header of a short array and that of the salt, one byte each.
  return messageId(hash, context, bytes, bytes.subarray(2, 2 + saltSize));
}

function decodeMedia(
  { mediaType, bytes }: FramedMedia,
  context: ContentContext | undefined,
): Content | undefined {
  if (mediaType === mimiContentType) return decodeMimiContent(bytes, context);
  if (mediaType === answerType) return decodeAnswer(bytes, context);
  if (mediaType === faultType) return decodeFaults(bytes);
  if (mediaType === againType) return decodeAgain(bytes);
  if (mediaType === forkType) return decodeForkContent(bytes);
  return mediaType === receiptType ? decodeReceipt(bytes) : undefined;
}
