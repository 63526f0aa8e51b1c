import { utf8 } from "../codec/utf8.ts";
import { Writer } from "../codec/writer.ts";
import { type HpkeCiphertext, hpkeOpen, hpkeSealer } from "./hpke.ts";
import type { CipherSuite, KeyPair } from "./suite.ts";

const nothing = new Uint8Array(0);

/** Bytes in one piece, or in several that follow each other: nobody has to join what is only read once. */
export type Pieces = Uint8Array | readonly Uint8Array[];

/** SignWithLabel (RFC 9420 §5.1.2). `label` comes without the `MLS 1.0 ` that is put in front of it. */
export function signWithLabel(
  suite: CipherSuite,
  privateKey: Uint8Array,
  label: string,
  content: Pieces,
): Uint8Array {
  return labeled(label, content).lend((message) => suite.signature.sign(privateKey, message));
}

/** VerifyWithLabel (RFC 9420 §5.1.2). Never throws on what a peer sent. */
export function verifyWithLabel(
  suite: CipherSuite,
  publicKey: Uint8Array,
  label: string,
  content: Pieces,
  signature: Uint8Array,
): boolean {
  return labeled(label, content).lend((message) => suite.signature.verify(publicKey, message, signature));
}

/**
 * EncryptWithLabel (RFC 9420 §5.1.3), for as many receivers as share label and context. `seed` is
 * `suite.kem.seedSize` fresh random bytes for each of them, see {@link hpkeSealer}. `undefined` where the public key
 * must not be used.
 */
export function encryptWithLabel(
  suite: CipherSuite,
  label: string,
  context: Uint8Array,
): (publicKey: Uint8Array, plaintext: Uint8Array, seed: Uint8Array) => HpkeCiphertext | undefined {
  const seal = hpkeSealer(suite, labeled(label, context).finish());
  return (publicKey, plaintext, seed) => seal(publicKey, nothing, plaintext, seed);
}

/** DecryptWithLabel (RFC 9420 §5.1.3). `undefined` where the ciphertext is not one for this key, label and context. */
export function decryptWithLabel(
  suite: CipherSuite,
  keyPair: KeyPair,
  label: string,
  context: Uint8Array,
  sealed: HpkeCiphertext,
): Uint8Array | undefined {
  return hpkeOpen(suite, keyPair, labeled(label, context).finish(), nothing, sealed);
}

/** ExpandWithLabel (RFC 9420 §8): `length` bytes, at most 65,535 and at most 255 hashes. */
export function expandWithLabel(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const prefix = labelVector(label);
  const info = new Writer(prefix.length + context.length + 6).u16(length).raw(prefix).bytes(context).finish();
  return suite.kdf.expand(secret, info, length);
}

/** DeriveSecret (RFC 9420 §8): as many bytes as the hash of the suite gives. */
export function deriveSecret(suite: CipherSuite, secret: Uint8Array, label: string): Uint8Array {
  return expandWithLabel(suite, secret, label, nothing, suite.kdf.size);
}

/** DeriveTreeSecret (RFC 9420 §9): `generation` is an unsigned integer of four bytes. */
export function deriveTreeSecret(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  generation: number,
  length: number,
): Uint8Array {
  const context = Uint8Array.of(generation >>> 24, generation >>> 16, generation >>> 8, generation);
  return expandWithLabel(suite, secret, label, context, length);
}

/** RefHash (RFC 9420 §5.2). Unlike the other labels this one is taken as it is. */
export function refHash(suite: CipherSuite, label: string, value: Uint8Array): Uint8Array {
  const name = utf8(label);
  const input = new Writer(name.length + value.length + 8).bytes(name).bytes(value).finish();
  return suite.hash.digest(input);
}

/** MakeKeyPackageRef (RFC 9420 §5.2). @param keyPackage - the encoded KeyPackage */
export function keyPackageReference(suite: CipherSuite, keyPackage: Uint8Array): Uint8Array {
  return refHash(suite, "MLS 1.0 KeyPackage Reference", keyPackage);
}

/** MakeProposalRef (RFC 9420 §5.2). @param authenticatedContent - the encoded AuthenticatedContent with the proposal */
export function proposalReference(suite: CipherSuite, authenticatedContent: Uint8Array): Uint8Array {
  return refHash(suite, "MLS 1.0 Proposal Reference", authenticatedContent);
}

/** SignContent and EncryptContext have the same form: two vectors, label and content. */
function labeled(label: string, content: Pieces): Writer {
  const prefix = labelVector(label);
  const pieces = content instanceof Uint8Array ? [content] : content;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const writer = new Writer(prefix.length + length + 4).raw(prefix);
  return writer.vector((vector) => {
    for (const piece of pieces) vector.raw(piece);
  });
}

// Labels are constants, but for those that applications give to the exporter: hence the limit.
const labelVectors = new Map<string, Uint8Array>();
const mostLabelVectors = 64;

function labelVector(label: string): Uint8Array {
  const known = labelVectors.get(label);
  if (known !== undefined) return known;
  const made = new Writer(64).bytes(utf8(`MLS 1.0 ${label}`)).finish();
  if (labelVectors.size < mostLabelVectors) labelVectors.set(label, made);
  return made;
}
