import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { keyPackageReference, signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { encodingOf, readAndKeep } from "./encoding.ts";
import { type Extension, readExtensions, writeExtensions } from "./extension.ts";
import { type LeafNode, readLeafNode, writeLeafNode } from "./leaf-node.ts";

/** What a key package says, before it is signed. */
export interface KeyPackageContent {
  readonly version: number;
  /** The IANA number of the cipher suite. */
  readonly cipherSuite: number;
  /** The public key that a Welcome is encrypted to. */
  readonly initKey: Uint8Array;
  readonly leafNode: LeafNode;
  readonly extensions: readonly Extension[];
}

/** What others need to add a client to a group while it is away (RFC 9420 §10). Immutable. */
export interface KeyPackage extends KeyPackageContent {
  readonly signature: Uint8Array;
}

/** Encodes a key package. */
export function writeKeyPackage(writer: Writer, keyPackage: KeyPackage): void {
  writer.raw(encodedKeyPackage(keyPackage));
}

/** Decodes a key package of any version and suite. Throws `malformed`, `too-large` or `mls-extension-duplicate`. */
export function readKeyPackage(reader: Reader): KeyPackage {
  return readAndKeep(reader, (r) => ({
    version: r.u16(),
    cipherSuite: r.u16(),
    initKey: r.bytes(),
    leafNode: readLeafNode(r),
    extensions: readExtensions(r),
    signature: r.bytes(),
  }));
}

/** Decodes a key package that fills `bytes`; errors as of {@link readKeyPackage}. */
export function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  return decode(readKeyPackage, bytes);
}

/** The encoded key package, kept from when it was read or first written. Shared: not to be changed. */
export function encodedKeyPackage(keyPackage: KeyPackage): Uint8Array {
  return encodingOf(keyPackage, (writer) => {
    writeContent(writer, keyPackage);
    writer.bytes(keyPackage.signature);
  });
}

/** KeyPackageRef (RFC 9420 §5.2): what a Welcome names the key package by. */
export function referenceOf(suite: CipherSuite, keyPackage: KeyPackage): Uint8Array {
  return keyPackageReference(suite, encodedKeyPackage(keyPackage));
}

/** Signs a key package with the signature key of its leaf. */
export function signKeyPackage(
  suite: CipherSuite,
  privateKey: Uint8Array,
  content: KeyPackageContent,
): KeyPackage {
  const toBeSigned = encode(writeContent, content);
  return { ...content, signature: signWithLabel(suite, privateKey, "KeyPackageTBS", toBeSigned) };
}

/** Whether a key package is signed by the key of its leaf. The signature of the leaf itself is another matter. */
export function isKeyPackageSignatureValid(suite: CipherSuite, keyPackage: KeyPackage): boolean {
  const { leafNode, signature } = keyPackage;
  const toBeSigned = encode(writeContent, keyPackage);
  return verifyWithLabel(suite, leafNode.signatureKey, "KeyPackageTBS", toBeSigned, signature);
}

function writeContent(writer: Writer, content: KeyPackageContent): void {
  writer.u16(content.version).u16(content.cipherSuite).bytes(content.initKey);
  writeLeafNode(writer, content.leafNode);
  writeExtensions(writer, content.extensions);
}
