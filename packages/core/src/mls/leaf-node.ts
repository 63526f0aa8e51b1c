import type { Reader } from "../codec/reader.ts";
import { encode, vectorSize, Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { type Capabilities, readCapabilities, writeCapabilities } from "./capabilities.ts";
import { type Credential, readCredential, writeCredential } from "./credential.ts";
import { encodingOf, readAndKeep } from "./encoding.ts";
import { type Extension, readExtensions, writeExtensions } from "./extension.ts";

/** When a leaf of a key package is valid, both ends included: seconds since 1970 (RFC 9420 §7.2). */
export interface Lifetime {
  readonly notBefore: bigint;
  readonly notAfter: bigint;
}

/** How a leaf came into the tree, with what only that way brings along (RFC 9420 §7.2). */
export type LeafNodeSource =
  | { readonly type: "key-package"; readonly lifetime: Lifetime }
  | { readonly type: "update" }
  | { readonly type: "commit"; readonly parentHash: Uint8Array };

/** What a leaf says, before it is signed. */
export interface LeafNodeContent {
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
  readonly capabilities: Capabilities;
  readonly source: LeafNodeSource;
  readonly extensions: readonly Extension[];
}

/** One member of a group (RFC 9420 §7.2). Immutable: a changed leaf is another object with another signature. */
export interface LeafNode extends LeafNodeContent {
  readonly signature: Uint8Array;
}

/** The place in a group that the signature of a leaf is bound to, for the sources `update` and `commit`. */
export interface LeafPlace {
  readonly groupId: Uint8Array;
  readonly leafIndex: number;
}

const sourceNumbers = { "key-package": 1, update: 2, commit: 3 } as const;

/** Encodes a leaf. */
export function writeLeafNode(writer: Writer, leaf: LeafNode): void {
  writer.raw(encodedLeafNode(leaf));
}

/** Decodes a leaf. Throws `malformed`, `too-large` or `mls-extension-duplicate`. */
export function readLeafNode(reader: Reader): LeafNode {
  return readAndKeep(reader, (r) => ({
    encryptionKey: r.bytes(),
    signatureKey: r.bytes(),
    credential: readCredential(r),
    capabilities: readCapabilities(r),
    source: readSource(r),
    extensions: readExtensions(r),
    signature: r.bytes(),
  }));
}

/** The encoded leaf, kept from when it was read or first written. Shared: not to be changed. */
export function encodedLeafNode(leaf: LeafNode): Uint8Array {
  return encodingOf(leaf, (writer) => {
    writeContent(writer, leaf);
    writer.bytes(leaf.signature);
  });
}

/** Signs a leaf. `place` is needed for the sources `update` and `commit`, and of no matter for `key-package`. */
export function signLeafNode(
  suite: CipherSuite,
  privateKey: Uint8Array,
  content: LeafNodeContent,
  place?: LeafPlace,
): LeafNode {
  const toBeSigned = signedContent(encode(writeContent, content), content.source, place);
  return { ...content, signature: signWithLabel(suite, privateKey, "LeafNodeTBS", toBeSigned) };
}

/** Whether the signature of a leaf is by its own key and, for the sources `update` and `commit`, for this place. */
export function isLeafSignatureValid(suite: CipherSuite, leaf: LeafNode, place?: LeafPlace): boolean {
  const encoded = encodedLeafNode(leaf);
  const fields = encoded.subarray(0, encoded.length - vectorSize(leaf.signature.length));
  const toBeSigned = signedContent(fields, leaf.source, place);
  return verifyWithLabel(suite, leaf.signatureKey, "LeafNodeTBS", toBeSigned, leaf.signature);
}

/** LeafNodeTBS, in pieces, from the encoded fields above the signature. */
function signedContent(
  fields: Uint8Array,
  source: LeafNodeSource,
  place: LeafPlace | undefined,
): Uint8Array[] {
  if (source.type === "key-package") return [fields];
  if (place === undefined) {
    throw new ReadbackError("invalid-argument", "The signature of this leaf needs its place in a group.");
  }
  const writer = new Writer(place.groupId.length + 8);
  return [fields, writer.bytes(place.groupId).u32(place.leafIndex).finish()];
}

function writeContent(writer: Writer, leaf: LeafNodeContent): void {
  writer.bytes(leaf.encryptionKey).bytes(leaf.signatureKey);
  writeCredential(writer, leaf.credential);
  writeCapabilities(writer, leaf.capabilities);
  writeSource(writer, leaf.source);
  writeExtensions(writer, leaf.extensions);
}

function writeSource(writer: Writer, source: LeafNodeSource): void {
  writer.u8(sourceNumbers[source.type]);
  if (source.type === "key-package") writer.u64(source.lifetime.notBefore).u64(source.lifetime.notAfter);
  if (source.type === "commit") writer.bytes(source.parentHash);
}

function readSource(reader: Reader): LeafNodeSource {
  const source = reader.u8();
  if (source === sourceNumbers["key-package"]) {
    return { type: "key-package", lifetime: { notBefore: reader.u64(), notAfter: reader.u64() } };
  }
  if (source === sourceNumbers.update) return { type: "update" };
  if (source === sourceNumbers.commit) return { type: "commit", parentHash: reader.bytes() };
  throw new ReadbackError("malformed", "A leaf has an unknown source.");
}
