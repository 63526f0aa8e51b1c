import { copyOf } from "../codec/bytes.ts";
import { decode, type Reader } from "../codec/reader.ts";
import { encode } from "../codec/writer.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import { ReadbackError } from "../error.ts";
import type { Random } from "../port/random.ts";
import { type Capabilities, supportsExtension } from "./capabilities.ts";
import { type Credential, credentialTypeOf, credentialTypes } from "./credential.ts";
import { type Extension, extensionTypes, isLastResort } from "./extension.ts";
import { Hidden } from "./hidden.ts";
import {
  encodedKeyPackage,
  type KeyPackage,
  readKeyPackage,
  referenceOf,
  signKeyPackage,
  writeKeyPackage,
} from "./key-package.ts";
import { type LeafNodeContent, type Lifetime, signLeafNode } from "./leaf-node.ts";
import { mls10 } from "./protocol-version.ts";

/** What a client puts into every leaf of its own, besides keys and credential. */
export interface LeafSettings {
  /** How long a leaf of a key package is good. */
  readonly lifetime: Lifetime;
  /** Default: {@link defaultCapabilities} with the type of the credential. */
  readonly capabilities?: Capabilities | undefined;
  readonly leafExtensions?: readonly Extension[] | undefined;
}

/** What {@link createKeyPackage} is made of. */
export interface KeyPackageInput extends LeafSettings {
  readonly suite: CipherSuite;
  readonly credential: Credential;
  readonly signatureKeyPair: KeyPair;
  readonly random: Random;
  /** Of the key package itself, for instance last_resort. */
  readonly extensions?: readonly Extension[] | undefined;
}

/** The private keys that belong to a key package. */
export interface KeyPackageSecrets {
  readonly initPrivateKey: Uint8Array;
  readonly encryptionPrivateKey: Uint8Array;
  readonly signaturePrivateKey: Uint8Array;
}

/** A key package with its private keys: everything that joining by a Welcome takes. */
export interface KeyPackageBundle {
  readonly keyPackage: KeyPackage;
  /** The encoded key package, as it is published. Shared: not to be changed. */
  readonly bytes: Uint8Array;
  /** KeyPackageRef: what a Welcome names it by. */
  readonly reference: Uint8Array;
  /** Whether it may be used more than once, since it says so itself. */
  readonly isLastResort: boolean;
  readonly secrets: Hidden<KeyPackageSecrets>;
}

/** What this library supports, for groups of this suite with credentials of these types. */
export function defaultCapabilities(
  suite: CipherSuite,
  credentials: readonly number[] = Object.values(credentialTypes),
): Capabilities {
  const { appDataDictionary, lastResort } = extensionTypes;
  return {
    versions: [mls10],
    cipherSuites: [suite.id],
    extensions: [appDataDictionary, lastResort],
    proposals: [],
    credentials: [...new Set([...credentials, ...Object.values(credentialTypes)])],
  };
}

/**
 * Makes a key package with fresh keys (RFC 9420 §10). Throws `invalid-argument` where an extension is not among the
 * capabilities.
 */
export function createKeyPackage(input: KeyPackageInput): KeyPackageBundle {
  const { suite, signatureKeyPair, random, extensions = [] } = input;
  const init = freshKeyPair(suite, random);
  const { content, privateKey } = newLeaf(input);
  const used = [...extensions, ...content.extensions];
  if (!used.every(({ type }) => supportsExtension(content.capabilities, type))) {
    throw new ReadbackError(
      "invalid-argument",
      "An extension of a key package is not among its capabilities.",
    );
  }
  const leafNode = signLeafNode(suite, signatureKeyPair.privateKey, content);
  const keyPackage = signKeyPackage(suite, signatureKeyPair.privateKey, {
    version: mls10,
    cipherSuite: suite.id,
    initKey: init.publicKey,
    leafNode,
    extensions,
  });
  return bundleOf(suite, keyPackage, {
    initPrivateKey: init.privateKey,
    encryptionPrivateKey: privateKey,
    signaturePrivateKey: copyOf(signatureKeyPair.privateKey),
  });
}

/** A leaf with a fresh encryption key and the source `key-package`, not signed yet, and the key's private part. */
export function newLeaf(input: Omit<KeyPackageInput, "extensions">): {
  content: LeafNodeContent;
  privateKey: Uint8Array;
} {
  const { suite, credential, signatureKeyPair, random, lifetime } = input;
  const { publicKey, privateKey } = freshKeyPair(suite, random);
  const content: LeafNodeContent = {
    encryptionKey: publicKey,
    signatureKey: signatureKeyPair.publicKey,
    credential,
    capabilities: input.capabilities ?? defaultCapabilities(suite, [credentialTypeOf(credential)]),
    source: { type: "key-package", lifetime },
    extensions: input.leafExtensions ?? [],
  };
  return { content, privateKey };
}

/** A fresh HPKE key pair. */
export function freshKeyPair(suite: CipherSuite, random: Random): KeyPair {
  const seed = random(suite.kdf.size);
  const keyPair = suite.kem.deriveKeyPair(seed);
  wipe(seed);
  return keyPair;
}

/** A key package with private keys that were made elsewhere. The private keys are taken over, not copied. */
export function bundleOf(
  suite: CipherSuite,
  keyPackage: KeyPackage,
  secrets: KeyPackageSecrets,
): KeyPackageBundle {
  return {
    keyPackage,
    bytes: encodedKeyPackage(keyPackage),
    reference: referenceOf(suite, keyPackage),
    isLastResort: isLastResort(keyPackage.extensions),
    secrets: new Hidden(secrets),
  };
}

const recordVersion = 1;

/** The stored form of a bundle. Holds private keys: it has to be sealed. */
export function encodeKeyPackageBundle({ keyPackage, secrets }: KeyPackageBundle): Uint8Array {
  const { initPrivateKey, encryptionPrivateKey, signaturePrivateKey } = secrets.open();
  return encode((writer) => {
    writer.u8(recordVersion).bytes(initPrivateKey).bytes(encryptionPrivateKey).bytes(signaturePrivateKey);
    writeKeyPackage(writer, keyPackage);
  }, undefined);
}

/** The bundle of its stored form. Throws `storage-damaged` where the bytes are not one of this suite. */
export function decodeKeyPackageBundle(suite: CipherSuite, bytes: Uint8Array): KeyPackageBundle {
  const { keyPackage, secrets } = readingRecord(readBundle, bytes);
  if (keyPackage.cipherSuite !== suite.id)
    throw new ReadbackError("storage-damaged", "A stored key package is of another cipher suite.");
  return bundleOf(suite, keyPackage, secrets);
}

/** The key package of a bundle's stored form. Throws `storage-damaged`. */
export function keyPackageInBundle(bytes: Uint8Array): KeyPackage {
  return readingRecord((reader) => {
    const { keyPackage, secrets } = readBundle(reader);
    for (const secret of Object.values(secrets)) wipe(secret);
    return keyPackage;
  }, bytes);
}

function readBundle(reader: Reader): { keyPackage: KeyPackage; secrets: KeyPackageSecrets } {
  if (reader.u8() !== recordVersion) throw new ReadbackError("malformed", "A record has an unknown version.");
  const secrets = {
    initPrivateKey: reader.bytes(),
    encryptionPrivateKey: reader.bytes(),
    signaturePrivateKey: reader.bytes(),
  };
  return { keyPackage: readKeyPackage(reader), secrets };
}

function readingRecord<T>(read: (reader: Reader) => T, bytes: Uint8Array): T {
  try {
    return decode(read, bytes);
  } catch (cause) {
    throw new ReadbackError("storage-damaged", "A stored key package is damaged.", { cause });
  }
}
