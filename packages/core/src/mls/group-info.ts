import type { Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { type Extension, readExtensions, writeExtensions } from "./extension.ts";
import { type GroupContext, readGroupContext, writeGroupContext } from "./group-context.ts";

/** What a group information says, before it is signed. */
export interface GroupInfoContent {
  readonly groupContext: GroupContext;
  /** For joiners only; those of the group itself are in the context. */
  readonly extensions: readonly Extension[];
  readonly confirmationTag: Uint8Array;
  /** The leaf index of the member who signed. */
  readonly signer: number;
}

/** What a client needs to know of a group that it joins (RFC 9420 §12.4.3). */
export interface GroupInfo extends GroupInfoContent {
  readonly signature: Uint8Array;
}

/** Encodes a group information. */
export function writeGroupInfo(writer: Writer, info: GroupInfo): void {
  writeContent(writer, info);
  writer.bytes(info.signature);
}

/** Decodes a group information. Throws `malformed`, `too-large` or `mls-extension-duplicate`. */
export function readGroupInfo(reader: Reader): GroupInfo {
  return {
    groupContext: readGroupContext(reader),
    extensions: readExtensions(reader),
    confirmationTag: reader.bytes(),
    signer: reader.u32(),
    signature: reader.bytes(),
  };
}

/** Signs a group information with the signature key of the member at leaf `signer`. */
export function signGroupInfo(
  suite: CipherSuite,
  privateKey: Uint8Array,
  content: GroupInfoContent,
): GroupInfo {
  const toBeSigned = encode(writeContent, content);
  return { ...content, signature: signWithLabel(suite, privateKey, "GroupInfoTBS", toBeSigned) };
}

/** Whether a group information is signed by `signatureKey`, which the caller takes from the leaf of the signer. */
export function isGroupInfoSignatureValid(
  suite: CipherSuite,
  signatureKey: Uint8Array,
  info: GroupInfo,
): boolean {
  return verifyWithLabel(suite, signatureKey, "GroupInfoTBS", encode(writeContent, info), info.signature);
}

function writeContent(writer: Writer, info: GroupInfoContent): void {
  writeGroupContext(writer, info.groupContext);
  writeExtensions(writer, info.extensions);
  writer.bytes(info.confirmationTag).u32(info.signer);
}
