import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { type Commit, readCommit, writeCommit } from "./commit.ts";
import { encodingOf, readAndKeep } from "./encoding.ts";
import { type Proposal, readProposal, writeProposal } from "./proposal.ts";

/** Who sent a message (RFC 9420 §6). */
export type Sender =
  | { readonly type: "member"; readonly leafIndex: number }
  /** `senderIndex` points into the `external_senders` extension of the group. */
  | { readonly type: "external"; readonly senderIndex: number }
  /** Somebody who proposes to be added. */
  | { readonly type: "new-member-proposal" }
  /** Somebody who joins by an external commit. */
  | { readonly type: "new-member-commit" };

/** What a message says (RFC 9420 §6). */
export type Content =
  | { readonly type: "application"; readonly data: Uint8Array }
  | { readonly type: "proposal"; readonly proposal: Proposal }
  | { readonly type: "commit"; readonly commit: Commit };

/** Which kind of content a message has, visible also where it is encrypted. */
export type ContentType = Content["type"];

/** Content with the place it belongs to (RFC 9420 §6). Immutable. */
export interface FramedContent {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly sender: Sender;
  /** Authenticated, never encrypted. */
  readonly authenticatedData: Uint8Array;
  readonly content: Content;
}

/** What proves a content (RFC 9420 §6.1). */
export interface FramedContentAuthData {
  readonly signature: Uint8Array;
  /** Present exactly where the content is a commit. */
  readonly confirmationTag: Uint8Array | undefined;
}

/** How an authenticated content travels: the signature covers it (RFC 9420 §6). */
export type ContentWireFormat = "public-message" | "private-message";

/** A content with its proof (RFC 9420 §6). ProposalRef and transcript hashes are made of its encoding. */
export interface AuthenticatedContent {
  readonly wireFormat: ContentWireFormat;
  readonly content: FramedContent;
  readonly auth: FramedContentAuthData;
}

/** IANA numbers of the wire formats (RFC 9420 §17.2). */
export const wireFormats = {
  "public-message": 1,
  "private-message": 2,
  welcome: 3,
  "group-info": 4,
  "key-package": 5,
} as const;

const contentTypes = { application: 1, proposal: 2, commit: 3 } as const satisfies Record<
  ContentType,
  number
>;
const senderTypes = { member: 1, external: 2, "new-member-proposal": 3, "new-member-commit": 4 } as const;

/** Encodes a framed content. */
export function writeFramedContent(writer: Writer, content: FramedContent): void {
  writer.raw(encodedFramedContent(content));
}

/**
 * Decodes a framed content. Throws `malformed`, `too-large`, `mls-unsupported-proposal` or
 * `mls-extension-duplicate`.
 */
export function readFramedContent(reader: Reader): FramedContent {
  return readAndKeep(reader, (r) => ({
    groupId: r.bytes(),
    epoch: r.u64(),
    sender: readSender(r),
    authenticatedData: r.bytes(),
    content: readContent(r, readContentType(r)),
  }));
}

/** The encoded content, kept from when it was read or first written. Shared: not to be changed. */
export function encodedFramedContent(framed: FramedContent): Uint8Array {
  return encodingOf(framed, (writer) => {
    writer.bytes(framed.groupId).u64(framed.epoch);
    writeSender(writer, framed.sender);
    writer.bytes(framed.authenticatedData);
    writeContentType(writer, framed.content.type);
    writeContent(writer, framed.content);
  });
}

/** Encodes the proof of a content. */
export function writeFramedContentAuthData(writer: Writer, auth: FramedContentAuthData): void {
  writer.bytes(auth.signature);
  if (auth.confirmationTag !== undefined) writer.bytes(auth.confirmationTag);
}

/** Decodes the proof of a content of this type. Throws `malformed`. */
export function readFramedContentAuthData(reader: Reader, type: ContentType): FramedContentAuthData {
  const signature = reader.bytes();
  return { signature, confirmationTag: type === "commit" ? reader.bytes() : undefined };
}

/** Encodes an authenticated content. */
export function writeAuthenticatedContent(writer: Writer, authenticated: AuthenticatedContent): void {
  writer.u16(wireFormats[authenticated.wireFormat]);
  writeFramedContent(writer, authenticated.content);
  writeFramedContentAuthData(writer, authenticated.auth);
}

/** Decodes an authenticated content; errors as of {@link readFramedContent}. */
export function readAuthenticatedContent(reader: Reader): AuthenticatedContent {
  const number = reader.u16();
  if (number !== wireFormats["public-message"] && number !== wireFormats["private-message"]) {
    throw new ReadbackError("malformed", "A content travels neither as a public nor as a private message.");
  }
  const wireFormat = number === wireFormats["public-message"] ? "public-message" : "private-message";
  const content = readFramedContent(reader);
  return { wireFormat, content, auth: readFramedContentAuthData(reader, content.content.type) };
}

/** Encodes what follows the type of a content. */
export function writeContent(writer: Writer, content: Content): void {
  if (content.type === "application") writer.bytes(content.data);
  else if (content.type === "proposal") writeProposal(writer, content.proposal);
  else writeCommit(writer, content.commit);
}

/** Decodes what follows the type of a content; errors as of {@link readFramedContent}. */
export function readContent(reader: Reader, type: ContentType): Content {
  if (type === "application") return { type, data: reader.bytes() };
  if (type === "proposal") return { type, proposal: readProposal(reader) };
  return { type, commit: readCommit(reader) };
}

/** Encodes the type of a content. */
export function writeContentType(writer: Writer, type: ContentType): void {
  writer.u8(contentTypes[type]);
}

/** Decodes the type of a content. Throws `malformed`. */
export function readContentType(reader: Reader): ContentType {
  const number = reader.u8();
  if (number === contentTypes.application) return "application";
  if (number === contentTypes.proposal) return "proposal";
  if (number === contentTypes.commit) return "commit";
  throw new ReadbackError("malformed", "A message has an unknown type of content.");
}

/** Encodes a sender. */
export function writeSender(writer: Writer, sender: Sender): void {
  writer.u8(senderTypes[sender.type]);
  if (sender.type === "member") writer.u32(sender.leafIndex);
  if (sender.type === "external") writer.u32(sender.senderIndex);
}

/** Decodes a sender. Throws `malformed`. */
export function readSender(reader: Reader): Sender {
  const type = reader.u8();
  if (type === senderTypes.member) return { type: "member", leafIndex: reader.u32() };
  if (type === senderTypes.external) return { type: "external", senderIndex: reader.u32() };
  if (type === senderTypes["new-member-proposal"]) return { type: "new-member-proposal" };
  if (type === senderTypes["new-member-commit"]) return { type: "new-member-commit" };
  throw new ReadbackError("malformed", "A message has an unknown type of sender.");
}
