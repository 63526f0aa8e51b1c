import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import {
  type ContentType,
  type FramedContent,
  type FramedContentAuthData,
  readContentType,
  readFramedContent,
  readFramedContentAuthData,
  wireFormats,
  writeContentType,
  writeFramedContent,
  writeFramedContentAuthData,
} from "./framing.ts";
import { type GroupInfo, readGroupInfo, writeGroupInfo } from "./group-info.ts";
import { type KeyPackage, readKeyPackage, writeKeyPackage } from "./key-package.ts";
import { mls10 } from "./protocol-version.ts";
import { refusal } from "./rule.ts";
import { readWelcome, type Welcome, writeWelcome } from "./welcome.ts";

/** A content that is signed and not encrypted (RFC 9420 §6.2). */
export interface PublicMessage {
  readonly content: FramedContent;
  readonly auth: FramedContentAuthData;
  /** Present exactly where the sender is a member. */
  readonly membershipTag: Uint8Array | undefined;
}

/** A content that is signed and encrypted (RFC 9420 §6.3). */
export interface PrivateMessage {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly contentType: ContentType;
  readonly authenticatedData: Uint8Array;
  readonly encryptedSenderData: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Whatever MLS sends (RFC 9420 §6, MLSMessage), of version MLS 1.0. */
export type Message =
  | { readonly type: "public-message"; readonly publicMessage: PublicMessage }
  | { readonly type: "private-message"; readonly privateMessage: PrivateMessage }
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "group-info"; readonly groupInfo: GroupInfo }
  | { readonly type: "key-package"; readonly keyPackage: KeyPackage };

/** Encodes a message as MLSMessage. */
export function encodeMessage(message: Message): Uint8Array {
  return encode(writeMessage, message);
}

/** Decodes an MLSMessage that fills `bytes`; errors as of `readMessage`. */
export function decodeMessage(bytes: Uint8Array): Message {
  return decode(readMessage, bytes);
}

/** Encodes a message as MLSMessage. */
export function writeMessage(writer: Writer, message: Message): void {
  writer.u16(mls10).u16(wireFormats[message.type]);
  switch (message.type) {
    case "public-message":
      writePublicMessage(writer, message.publicMessage);
      break;
    case "private-message":
      writePrivateMessage(writer, message.privateMessage);
      break;
    case "welcome":
      writeWelcome(writer, message.welcome);
      break;
    case "group-info":
      writeGroupInfo(writer, message.groupInfo);
      break;
    case "key-package":
      writeKeyPackage(writer, message.keyPackage);
      break;
  }
}

/**
 * Decodes an MLSMessage. Throws `mls-version` on any version but MLS 1.0, `mls-key-package-version` on a key package
 * of another version than the message, `mls-wire-format` on an unknown kind, `mls-unsupported-proposal`,
 * `mls-extension-duplicate`, `malformed` or `too-large`.
 */
export function readMessage(reader: Reader): Message {
  if (reader.u16() !== mls10) throw refusal("mls-version");
  switch (reader.u16()) {
    case wireFormats["public-message"]:
      return { type: "public-message", publicMessage: readPublicMessage(reader) };
    case wireFormats["private-message"]:
      return { type: "private-message", privateMessage: readPrivateMessage(reader) };
    case wireFormats.welcome:
      return { type: "welcome", welcome: readWelcome(reader) };
    case wireFormats["group-info"]:
      return { type: "group-info", groupInfo: readGroupInfo(reader) };
    case wireFormats["key-package"]: {
      const keyPackage = readKeyPackage(reader);
      if (keyPackage.version !== mls10) throw refusal("mls-key-package-version");
      return { type: "key-package", keyPackage };
    }
    default:
      throw refusal("mls-wire-format");
  }
}

/** Encodes a public message. */
export function writePublicMessage(writer: Writer, message: PublicMessage): void {
  writeFramedContent(writer, message.content);
  writeFramedContentAuthData(writer, message.auth);
  if (message.membershipTag !== undefined) writer.bytes(message.membershipTag);
}

/**
 * Decodes a public message, whether or not its sender may send such content. Throws `malformed`, `too-large`,
 * `mls-unsupported-proposal` or `mls-extension-duplicate`.
 */
export function readPublicMessage(reader: Reader): PublicMessage {
  const content = readFramedContent(reader);
  const auth = readFramedContentAuthData(reader, content.content.type);
  return { content, auth, membershipTag: content.sender.type === "member" ? reader.bytes() : undefined };
}

/** Encodes a private message. */
export function writePrivateMessage(writer: Writer, message: PrivateMessage): void {
  writePrivateContentAad(writer, message);
  writer.bytes(message.encryptedSenderData).bytes(message.ciphertext);
}

/** Decodes a private message; its ciphertext is a part of the input, no copy. Throws `malformed`. */
export function readPrivateMessage(reader: Reader): PrivateMessage {
  return {
    groupId: reader.bytes(),
    epoch: reader.u64(),
    contentType: readContentType(reader),
    authenticatedData: reader.bytes(),
    encryptedSenderData: reader.bytes(),
    ciphertext: reader.bytes(undefined, "view"),
  };
}

/** Encodes PrivateContentAAD (RFC 9420 §6.3.1): the fields of a private message that are not encrypted. */
export function writePrivateContentAad(
  writer: Writer,
  message: Omit<PrivateMessage, "encryptedSenderData" | "ciphertext">,
): void {
  writer.bytes(message.groupId).u64(message.epoch);
  writeContentType(writer, message.contentType);
  writer.bytes(message.authenticatedData);
}
