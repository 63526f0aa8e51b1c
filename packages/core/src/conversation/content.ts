import type { Hash } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import {
  type Acknowledgement,
  decodeAcknowledgement,
  encodeAcknowledgement,
} from "./content-acknowledgement.ts";
import { type ContentContext, frame, identify, mediaType, unframe } from "./content-frame.ts";
import { decodeReceipt, encodeReceipt, type ReceiptContent } from "./content-receipt.ts";
import { decodeText, encodeText, type Text } from "./content-text.ts";

/** 32 bytes that name a message (MIMI content, §3.3): the same for everybody, before and after it is encrypted. */
export type MessageId = Uint8Array;

/** What an author wants of the others. `fyi`: nothing; `action`: do something; `call`: call back; `critical`: acknowledge now. */
export type Intention = "fyi" | "action" | "call" | "critical";

/** What can be inside an MLS application message. */
export type Content =
  | Text
  | Acknowledgement
  | ReceiptContent
  /** Of a media type that this version does not know: kept as it came, never an error. */
  | { readonly type: "unknown"; readonly mediaType: string; readonly bytes: Uint8Array };

/** The bytes to encrypt. Throws `empty-text`, `text-too-long`, or `invalid-argument` on a lone surrogate. */
export function encodeContent(content: Exclude<Content, { type: "unknown" }>): Uint8Array {
  switch (content.type) {
    case "text":
      return frame(mediaType.text, encodeText(content));
    case "acknowledgement":
      return frame(mediaType.acknowledgement, encodeAcknowledgement(content));
    case "receipt":
      return frame(mediaType.receipt, encodeReceipt(content));
  }
}

/** Content from its bytes. Throws `malformed` or `too-large`. */
export function decodeContent(framed: Uint8Array): Content {
  const { type, bytes } = unframe(framed);
  switch (type) {
    case mediaType.text:
      return decodeText(bytes);
    case mediaType.acknowledgement:
      return decodeAcknowledgement(bytes);
    case mediaType.receipt:
      return decodeReceipt(bytes);
    default:
      return { type: "unknown", mediaType: type, bytes };
  }
}

/**
 * The message id of framed content (MIMI content, §3.3). Throws `malformed` where the content names another author or
 * another conversation than those it came from.
 */
export function contentId(
  hash: Hash,
  content: Content,
  framed: Uint8Array,
  context: ContentContext,
): MessageId {
  const { bytes } = unframe(framed);
  if (content.type === "text" || content.type === "acknowledgement") {
    if (content.sender !== context.senderUri || content.room !== context.roomUri) {
      throw new ReadbackError("malformed", "Content names another author or conversation than it came from.");
    }
    return identify(hash, context, bytes, content.salt);
  }
  return identify(hash, context, bytes, new Uint8Array());
}

export type { Acknowledgement } from "./content-acknowledgement.ts";
export { type ContentContext, roomUri, senderUri } from "./content-frame.ts";
export type { ReceiptContent } from "./content-receipt.ts";
export type { Text } from "./content-text.ts";
