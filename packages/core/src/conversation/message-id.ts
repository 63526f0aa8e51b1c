import { concat } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { utf8 } from "../codec/utf8.ts";
import { Writer } from "../codec/writer.ts";
import type { Hash } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { identifierSize } from "../wire/entry.ts";
import { isPerson } from "./identity.ts";

/** 32 bytes that name a message by what it says, who says it and where: 0x01, then 31 bytes of SHA-256 (MIMI content, "Message ID"). */
export type MessageId = Uint8Array;

/** Bytes of a message id. */
export const messageIdSize = 32;

/** Bytes of the salt that makes equal texts different messages. */
export const saltSize = 16;

/** SHA-256 in the IANA registry of named hashes: the first byte of every message id. */
export const messageIdHash = 1;

/** Who says something, and where. Both are known from MLS; content names them too, and must name the same. */
export interface ContentContext {
  readonly senderUri: string;
  readonly roomUri: string;
}

/**
 * The id of a message (MIMI content, "Message ID"). It does not depend on the epoch, so it stays when the message has to
 * be encrypted again.
 * @param hash - SHA-256
 * @param context - who said it and where
 * @param message - the encoded content, salt included
 * @param salt - the salt once more, at the end, so that nobody can extend the hash
 */
export function messageId(
  hash: Hash,
  context: ContentContext,
  message: Uint8Array,
  salt: Uint8Array,
): MessageId {
  const writer = new Writer(message.length + 512);
  for (const uri of [utf8(context.senderUri), utf8(context.roomUri)]) writer.u16(uri.length).raw(uri);
  const digest = writer
    .raw(message)
    .raw(salt)
    .lend((bytes) => hash.digest(bytes));
  return concat(Uint8Array.of(messageIdHash), digest.subarray(0, messageIdSize - 1));
}

/**
 * The URI of a person's device, for instance `mimi://mercy.example/d/ada/phone`. Different devices have different URIs.
 * Throws `invalid-argument` where the person is not written like `ada@mercy.example` or the device has no name.
 */
export function senderUri(person: string, device: string): string {
  if (!isPerson(person) || device === "") {
    throw new ReadbackError(
      "invalid-argument",
      "A person is written like ada@mercy.example, a device as one word.",
    );
  }
  const at = person.lastIndexOf("@");
  return `mimi://${person.slice(at + 1)}/d/${segment(person.slice(0, at))}/${segment(device)}`;
}

/**
 * The URI of a conversation, for instance `mimi://relay.example/r/` and 64 hexadecimal digits.
 * Throws `invalid-argument` where the identifier is not 32 bytes or the relay has no name.
 */
export function roomUri(conversation: Uint8Array, relay: string): string {
  if (conversation.length !== identifierSize || relay === "") {
    throw new ReadbackError("invalid-argument", "A conversation has an identifier of 32 bytes and a relay.");
  }
  return `mimi://${segment(relay)}/r/${hex(conversation)}`;
}

function segment(text: string): string {
  utf8(text);
  return encodeURIComponent(text);
}
