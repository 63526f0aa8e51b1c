import { deriveSecret, expandWithLabel } from "../crypto/labels.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";

/** The secrets of one epoch that live as long as it does (RFC 9420 §8, table 4), each `Nh` bytes. */
export interface EpochSecrets {
  readonly senderDataSecret: Uint8Array;
  readonly exporterSecret: Uint8Array;
  readonly externalSecret: Uint8Array;
  readonly confirmationKey: Uint8Array;
  readonly membershipKey: Uint8Array;
  readonly resumptionPsk: Uint8Array;
  /** Not a secret of this member but of the group: equal at all members that see the same group. */
  readonly epochAuthenticator: Uint8Array;
  /** Goes into the next epoch. */
  readonly initSecret: Uint8Array;
}

/** What a new epoch starts from: its secrets and the root of its secret tree, which is used up at once. */
export interface EpochStart {
  readonly secrets: EpochSecrets;
  /** `encryption_secret`; belongs to the caller, who makes the secret tree of it. */
  readonly encryptionSecret: Uint8Array;
  /** `application_export_secret` (draft-ietf-mls-extensions §4.4); the same holds for it and the exporter tree. */
  readonly applicationExportSecret: Uint8Array;
}

/**
 * `joiner_secret` of the epoch that a commit begins.
 *
 * @param initSecret - of the epoch before, or the external init secret
 * @param commitSecret - from the path, or {@link zeroSecret} where there is none
 * @param groupContext - the encoded context of the new epoch
 */
export function joinerSecretOf(
  suite: CipherSuite,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  groupContext: Uint8Array,
): Uint8Array {
  const extracted = suite.kdf.extract(initSecret, commitSecret);
  const joinerSecret = expandWithLabel(suite, extracted, "joiner", groupContext, suite.kdf.size);
  wipe(extracted);
  return joinerSecret;
}

/** `welcome_secret`, which encrypts the group information of a Welcome. */
export function welcomeSecretOf(
  suite: CipherSuite,
  joinerSecret: Uint8Array,
  pskSecret: Uint8Array,
): Uint8Array {
  const member = suite.kdf.extract(joinerSecret, pskSecret);
  const welcomeSecret = deriveSecret(suite, member, "welcome");
  wipe(member);
  return welcomeSecret;
}

/**
 * The start of the epoch that `joinerSecret` leads to.
 *
 * @param pskSecret - from the pre-shared keys, or {@link zeroSecret} where there are none
 * @param groupContext - the encoded context of that epoch
 */
export function startEpoch(
  suite: CipherSuite,
  joinerSecret: Uint8Array,
  pskSecret: Uint8Array,
  groupContext: Uint8Array,
): EpochStart {
  const member = suite.kdf.extract(joinerSecret, pskSecret);
  const epochSecret = expandWithLabel(suite, member, "epoch", groupContext, suite.kdf.size);
  wipe(member);
  const start = epochFromSecret(suite, epochSecret);
  wipe(epochSecret);
  return start;
}

/** The start of an epoch whose `epoch_secret` is known: that of a group that is just created (RFC 9420 §11). */
export function epochFromSecret(suite: CipherSuite, epochSecret: Uint8Array): EpochStart {
  const derive = (label: string): Uint8Array => deriveSecret(suite, epochSecret, label);
  return {
    secrets: {
      senderDataSecret: derive("sender data"),
      exporterSecret: derive("exporter"),
      externalSecret: derive("external"),
      confirmationKey: derive("confirm"),
      membershipKey: derive("membership"),
      resumptionPsk: derive("resumption"),
      epochAuthenticator: derive("authentication"),
      initSecret: derive("init"),
    },
    encryptionSecret: derive("encryption"),
    applicationExportSecret: derive("application_export"),
  };
}

/** `Nh` zero bytes: the commit secret without a path, and the pre-shared secret without pre-shared keys. */
export function zeroSecret(suite: CipherSuite): Uint8Array {
  return new Uint8Array(suite.kdf.size);
}

/** The key pair that all members hold for external commits (RFC 9420 §8.3). */
export function externalKeyPair(suite: CipherSuite, secrets: EpochSecrets): KeyPair {
  return suite.kem.deriveKeyPair(secrets.externalSecret);
}

/**
 * MLS-Exporter (RFC 9420 §8.5): `length` bytes for use outside of MLS, the same at all members of the epoch.
 *
 * @param label - names the purpose; one label, one purpose
 */
export function exportFrom(
  suite: CipherSuite,
  exporterSecret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const secret = deriveSecret(suite, exporterSecret, label);
  const exported = expandWithLabel(suite, secret, "exported", suite.hash.digest(context), length);
  wipe(secret);
  return exported;
}

/** Every secret of an epoch: to be overwritten once the epoch is over and the next one is durable. */
export function allSecrets(secrets: EpochSecrets): Uint8Array[] {
  const { epochAuthenticator: _, ...secret } = secrets;
  return Object.values(secret);
}
