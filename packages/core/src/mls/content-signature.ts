import { Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import {
  type AuthenticatedContent,
  type ContentWireFormat,
  encodedFramedContent,
  type FramedContent,
  wireFormats,
} from "./framing.ts";
import { encodedGroupContext, type GroupContext } from "./group-context.ts";
import { mls10 } from "./protocol-version.ts";

const label = "FramedContentTBS";

const start = (wireFormat: ContentWireFormat): Uint8Array =>
  new Writer(4).u16(mls10).u16(wireFormats[wireFormat]).finish();
const starts = { "public-message": start("public-message"), "private-message": start("private-message") };

/**
 * FramedContentTBS (RFC 9420 §6.1), in pieces: what the signature of a content covers. `context` is that of its epoch.
 * They are shared: not to be changed.
 */
export function contentToBeSigned(
  wireFormat: ContentWireFormat,
  content: FramedContent,
  context: GroupContext,
): Uint8Array[] {
  const pieces = [starts[wireFormat], encodedFramedContent(content)];
  const sender = content.sender.type;
  if (sender === "member" || sender === "new-member-commit") pieces.push(encodedGroupContext(context));
  return pieces;
}

/** Signs a content of the epoch of `context`. */
export function signContent(
  suite: CipherSuite,
  privateKey: Uint8Array,
  wireFormat: ContentWireFormat,
  content: FramedContent,
  context: GroupContext,
): Uint8Array {
  return signWithLabel(suite, privateKey, label, contentToBeSigned(wireFormat, content, context));
}

/** Whether a content is signed by `signatureKey` for the epoch of `context`. */
export function isContentSignatureValid(
  suite: CipherSuite,
  signatureKey: Uint8Array,
  { wireFormat, content, auth }: AuthenticatedContent,
  context: GroupContext,
): boolean {
  const toBeSigned = contentToBeSigned(wireFormat, content, context);
  return verifyWithLabel(suite, signatureKey, label, toBeSigned, auth.signature);
}
