import { decode } from "../codec/reader.ts";
import { encode, Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import { type AuthenticatedContent, type ContentType, writeContentType } from "./framing.ts";
import { type PrivateMessage, writePrivateContentAad } from "./message.ts";
import {
  decodePrivateContent,
  privateContentWriter,
  readSenderData,
  type SenderData,
  writeSenderData,
} from "./private-content.ts";
import { refusal } from "./rule.ts";
import type { RatchetKind } from "./secret-tree.ts";
import { senderDataKey } from "./sender-data.ts";
import type { MessageKey } from "./sender-ratchet.ts";

/** What it takes to encrypt one content (RFC 9420 §6.3). */
export interface PrivateMessageKeys {
  readonly senderDataSecret: Uint8Array;
  /** Of the sender's ratchet: never used before and never again. */
  readonly messageKey: MessageKey;
  /** 4 fresh random bytes. */
  readonly reuseGuard: Uint8Array;
}

/**
 * What it takes, besides the signed content, to make one encrypted message again, byte for byte. Who keeps the content can
 * keep it too, and prove later what stands in the log; it tells nothing of any other message.
 */
export interface MessageOpening {
  readonly key: Uint8Array;
  /** With the reuse guard in it. */
  readonly nonce: Uint8Array;
  readonly encryptedSenderData: Uint8Array;
  /** Bytes that were encrypted, padding included. */
  readonly length: number;
  /** What was sent in the clear, authenticated with the content; mostly empty. */
  readonly authenticatedData: Uint8Array;
}

/** The ratchet that encrypts this type of content (RFC 9420 §6.3.1). */
export function ratchetKindOf(type: ContentType): RatchetKind {
  return type === "application" ? "application" : "handshake";
}

/**
 * Encrypts a member's signed content. `paddedLength`: the plaintext is filled up with zero bytes to this length.
 * Throws `invalid-argument` where the sender is not a member.
 */
export function sealPrivateMessage(
  suite: CipherSuite,
  { content, auth }: AuthenticatedContent,
  leafIndex: number,
  { senderDataSecret, messageKey, reuseGuard }: PrivateMessageKeys,
  paddedLength = 0,
): PrivateMessage {
  const { groupId, epoch, authenticatedData } = content;
  const open = { groupId, epoch, contentType: content.content.type, authenticatedData };
  const nonce = guardedNonce(messageKey.nonce, reuseGuard);
  const associatedData = encode(writePrivateContentAad, open);
  const ciphertext = privateContentWriter({ content: content.content, auth }, paddedLength).lend(
    (plaintext) => suite.aead.seal(messageKey.key, nonce, associatedData, plaintext),
  );
  wipe(nonce);
  const senderData = encode(writeSenderData, { leafIndex, generation: messageKey.generation, reuseGuard });
  const hiding = senderDataKey(suite, senderDataSecret, ciphertext);
  const encryptedSenderData = suite.aead.seal(hiding.key, hiding.nonce, senderDataAad(open), senderData);
  wipe(hiding.key, hiding.nonce);
  return { ...open, encryptedSenderData, ciphertext };
}

/** What makes `message` again; its key is that of `messageKey`, and not a copy. */
export function openingOf(
  suite: CipherSuite,
  { encryptedSenderData, ciphertext, authenticatedData }: PrivateMessage,
  { key, nonce }: MessageKey,
  reuseGuard: Uint8Array,
): MessageOpening {
  const length = ciphertext.length - suite.aead.tagSize;
  return { key, nonce: guardedNonce(nonce, reuseGuard), encryptedSenderData, length, authenticatedData };
}

/** The message that {@link openingOf} was asked about, from its content. */
export function sealAgain(
  suite: CipherSuite,
  { content, auth }: AuthenticatedContent,
  { key, nonce, encryptedSenderData, length }: MessageOpening,
): PrivateMessage {
  const { groupId, epoch, authenticatedData } = content;
  const open = { groupId, epoch, contentType: content.content.type, authenticatedData };
  const associatedData = encode(writePrivateContentAad, open);
  const ciphertext = privateContentWriter({ content: content.content, auth }, length).lend((plaintext) =>
    suite.aead.seal(key, nonce, associatedData, plaintext),
  );
  return { ...open, encryptedSenderData, ciphertext };
}

/** Finds out who sent a message and which key opens it. Throws `mls-sender-data`. */
export function openSenderData(
  suite: CipherSuite,
  senderDataSecret: Uint8Array,
  message: PrivateMessage,
): SenderData {
  const { key, nonce } = senderDataKey(suite, senderDataSecret, message.ciphertext);
  const plaintext = suite.aead.open(key, nonce, senderDataAad(message), message.encryptedSenderData);
  wipe(key, nonce);
  if (plaintext === undefined) throw refusal("mls-sender-data");
  const senderData = decode(readSenderData, plaintext);
  wipe(plaintext);
  return senderData;
}

/**
 * Decrypts a message; its signature is not checked yet. Throws `mls-decryption` where key and message do not belong
 * together, and what {@link decodePrivateContent} throws.
 */
export function openPrivateMessage(
  suite: CipherSuite,
  message: PrivateMessage,
  { leafIndex, reuseGuard }: SenderData,
  { key, nonce: plainNonce }: MessageKey,
): AuthenticatedContent {
  const nonce = guardedNonce(plainNonce, reuseGuard);
  const associatedData = encode(writePrivateContentAad, message);
  const plaintext = suite.aead.open(key, nonce, associatedData, message.ciphertext);
  wipe(nonce);
  if (plaintext === undefined) throw refusal("mls-decryption");
  const { content, auth } = decodePrivateContent(plaintext, message.contentType);
  wipe(plaintext);
  const { groupId, epoch, authenticatedData } = message;
  const framed = {
    groupId,
    epoch,
    sender: { type: "member", leafIndex } as const,
    authenticatedData,
    content,
  };
  return { wireFormat: "private-message", content: framed, auth };
}

function guardedNonce(nonce: Uint8Array, reuseGuard: Uint8Array): Uint8Array {
  const guarded = nonce.slice();
  for (const [i, byte] of reuseGuard.entries()) guarded[i] = (guarded[i] as number) ^ byte;
  return guarded;
}

/** SenderDataAAD (RFC 9420 §6.3.2). */
function senderDataAad({
  groupId,
  epoch,
  contentType,
}: Omit<PrivateMessage, "ciphertext" | "encryptedSenderData">) {
  const writer = new Writer(groupId.length + 16).bytes(groupId).u64(epoch);
  writeContentType(writer, contentType);
  return writer.finish();
}
