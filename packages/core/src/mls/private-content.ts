import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import {
  type Content,
  type ContentType,
  type FramedContentAuthData,
  readContent,
  readFramedContentAuthData,
  writeContent,
  writeFramedContentAuthData,
} from "./framing.ts";
import { refusal } from "./rule.ts";

/** Who sent a private message, and which key it is encrypted with (RFC 9420 §6.3.2). */
export interface SenderData {
  readonly leafIndex: number;
  readonly generation: number;
  /** 4 random bytes that change the nonce. */
  readonly reuseGuard: Uint8Array;
}

/** Bytes of the reuse guard (RFC 9420 §6.3.1). */
export const reuseGuardSize = 4;

/** The plaintext of a private message without its padding (RFC 9420 §6.3.1, PrivateMessageContent). */
export interface PrivateContent {
  readonly content: Content;
  readonly auth: FramedContentAuthData;
}

/** Writes the plaintext of a private message, with zero bytes after it until `paddedLength` is reached. */
export function privateContentWriter({ content, auth }: PrivateContent, paddedLength = 0): Writer {
  const writer = new Writer(Math.max(256, paddedLength));
  writeContent(writer, content);
  writeFramedContentAuthData(writer, auth);
  const padding = paddedLength - writer.length;
  return padding > 0 ? writer.raw(new Uint8Array(padding)) : writer;
}

/**
 * Decodes the plaintext of a private message of this type. Throws `mls-padding` where what follows is not all zero,
 * and what decoding a content throws.
 */
export function decodePrivateContent(plaintext: Uint8Array, type: ContentType): PrivateContent {
  const reader = new Reader(plaintext);
  const content = readContent(reader, type);
  const auth = readFramedContentAuthData(reader, type);
  if (!isZero(plaintext.subarray(reader.offset))) throw refusal("mls-padding");
  return { content, auth };
}

/** Encodes sender data. */
export function writeSenderData(writer: Writer, senderData: SenderData): void {
  writer.u32(senderData.leafIndex).u32(senderData.generation).raw(senderData.reuseGuard);
}

/** Decodes sender data. Throws `malformed`. */
export function readSenderData(reader: Reader): SenderData {
  return { leafIndex: reader.u32(), generation: reader.u32(), reuseGuard: reader.raw(reuseGuardSize) };
}

/** Looks at every byte, whatever the first ones are. */
function isZero(bytes: Uint8Array): boolean {
  let all = 0;
  for (const byte of bytes) all |= byte;
  return all === 0;
}
