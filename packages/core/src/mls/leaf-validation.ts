import { sameBytes } from "../codec/bytes.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import {
  type Capabilities,
  isDefaultExtension,
  isDefaultProposal,
  meetsRequirements,
  supportsExtension,
} from "./capabilities.ts";
import { type CredentialValidator, credentialTypeOf } from "./credential.ts";
import { type Extension, readRequiredCapabilities } from "./extension.ts";
import { isLeafSignatureValid, type LeafNode, type LeafNodeSource, type LeafPlace } from "./leaf-node.ts";
import { mls10 } from "./protocol-version.ts";
import { members, type RatchetTree } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";

/** What a leaf is judged by. */
export interface LeafValidation {
  readonly credentials: CredentialValidator;
  /** The only source the leaf may have where it was found; absent for the leaves of a tree, which may have any. */
  readonly source?: LeafNodeSource["type"];
  /** Where the leaf is, needed for the sources `update` and `commit`. */
  readonly place?: LeafPlace;
  /** The leaf that it replaces, if any. */
  readonly replaced?: LeafNode;
  /** Milliseconds since 1970. Lifetimes count only where this is given, so that members need not agree on the time. */
  readonly now?: number | undefined;
  /** The longest lifetime that is accepted where `now` is given, in seconds. */
  readonly longestLifetime?: bigint | undefined;
}

/**
 * The rules of RFC 9420 §7.3 that a leaf meets by itself. Throws `mls-leaf-source`, `mls-leaf-version`,
 * `mls-leaf-credential-type`, `mls-leaf-extension`, `mls-leaf-default-capability`,
 * `mls-leaf-public-key`, `mls-leaf-key-unchanged`, `mls-leaf-lifetime`, `mls-leaf-signature`, `mls-leaf-credential`
 * or `mls-leaf-successor`.
 */
export function validateLeafNode(suite: CipherSuite, leaf: LeafNode, validation: LeafValidation): void {
  const { source, place, replaced } = validation;
  if (source !== undefined && leaf.source.type !== source) throw refusal("mls-leaf-source");
  validateCapabilities(leaf);
  if (!suite.kem.isPublicKey(leaf.encryptionKey) || !suite.signature.isPublicKey(leaf.signatureKey)) {
    throw refusal("mls-leaf-public-key");
  }
  if (replaced !== undefined && sameBytes(replaced.encryptionKey, leaf.encryptionKey)) {
    throw refusal("mls-leaf-key-unchanged");
  }
  validateLifetime(leaf, validation);
  if (!isLeafSignatureValid(suite, leaf, place)) throw refusal("mls-leaf-signature");
  validateCredential(leaf, validation);
}

/**
 * Whether a leaf supports what its group demands (RFC 9420 §7.3, §13.4).
 * Throws `mls-leaf-required-capabilities` or `mls-leaf-group-extension`.
 *
 * @param extensions - those of the group context
 */
export function validateLeafSupport(leaf: LeafNode, extensions: readonly Extension[]): void {
  const required = readRequiredCapabilities(extensions);
  if (required !== undefined && !meetsRequirements(leaf.capabilities, required)) {
    throw refusal("mls-leaf-required-capabilities");
  }
  if (!extensions.every(({ type }) => supportsExtension(leaf.capabilities, type))) {
    throw refusal("mls-leaf-group-extension");
  }
}

/** Throws `mls-leaf-credential-type` unless every member supports the credential types of all (RFC 9420 §7.3). */
export function validateCredentialTypes(tree: RatchetTree): void {
  const leaves = members(tree).map(([, leaf]) => leaf);
  const used = [...new Set(leaves.map(({ credential }) => credentialTypeOf(credential)))];
  for (const { capabilities } of leaves) {
    if (!used.every((type) => capabilities.credentials.includes(type)))
      throw refusal("mls-leaf-credential-type");
  }
}

// That the suite is listed is not asked for: a leaf uses it, which says more, and a wide-spread implementation leaves
// suite 7 out of its list.
function validateCapabilities({ capabilities, credential, extensions }: LeafNode): void {
  if (!capabilities.versions.includes(mls10)) throw refusal("mls-leaf-version");
  if (!capabilities.credentials.includes(credentialTypeOf(credential)))
    throw refusal("mls-leaf-credential-type");
  if (!extensions.every(({ type }) => supportsExtension(capabilities, type)))
    throw refusal("mls-leaf-extension");
  if (listsDefaults(capabilities)) throw refusal("mls-leaf-default-capability");
}

function listsDefaults({ extensions, proposals }: Capabilities): boolean {
  return extensions.some(isDefaultExtension) || proposals.some(isDefaultProposal);
}

function validateLifetime({ source }: LeafNode, { now, longestLifetime }: LeafValidation): void {
  if (now === undefined || source.type !== "key-package") return;
  const { notBefore, notAfter } = source.lifetime;
  const seconds = BigInt(Math.floor(now / 1000));
  const isTooLong = longestLifetime !== undefined && notAfter - notBefore > longestLifetime;
  if (seconds < notBefore || seconds > notAfter || isTooLong) throw refusal("mls-leaf-lifetime");
}

function validateCredential(leaf: LeafNode, { credentials, replaced, now }: LeafValidation): void {
  const { credential, signatureKey: signaturePublicKey } = leaf;
  const claim = { credential, signaturePublicKey, ...(now === undefined ? {} : { at: now }) };
  if (!credentials.isValid(claim)) throw refusal("mls-leaf-credential");
  if (replaced === undefined || credentials.isSuccessor === undefined) return;
  if (!credentials.isSuccessor(replaced.credential, credential)) throw refusal("mls-leaf-successor");
}
