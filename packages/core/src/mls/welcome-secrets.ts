import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { decode } from "../codec/reader.ts";
import { encode } from "../codec/writer.ts";
import { decryptWithLabel, encryptWithLabel, expandWithLabel } from "../crypto/labels.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import type { Random } from "../port/random.ts";
import { type GroupInfo, readGroupInfo, writeGroupInfo } from "./group-info.ts";
import { decodeMessage } from "./message.ts";
import { writePreSharedKeyId } from "./pre-shared-key.ts";
import { refusal } from "./rule.ts";
import {
  type EncryptedGroupSecrets,
  type GroupSecrets,
  readGroupSecrets,
  type Welcome,
  writeGroupSecrets,
} from "./welcome.ts";

/** Somebody whom a Welcome is for. */
export interface Joiner {
  /** KeyPackageRef (RFC 9420 §5.2). */
  readonly reference: Uint8Array;
  readonly initKey: Uint8Array;
  readonly secrets: GroupSecrets;
}

const label = "Welcome";
const nothing = new Uint8Array(0);

/** The KeyPackageRefs that a Welcome is for. @param welcome - MLSMessage (Welcome) */
export function welcomeReferences(welcome: Uint8Array): Uint8Array[] {
  const message = decodeMessage(welcome);
  if (message.type !== "welcome") throw refusal("mls-wire-format");
  return message.welcome.secrets.map(({ newMember }) => newMember);
}

/** Encrypts the group information of a Welcome to whoever knows the `welcome_secret` (RFC 9420 §12.4.3.1). */
export function sealGroupInfo(suite: CipherSuite, welcomeSecret: Uint8Array, info: GroupInfo): Uint8Array {
  const { key, nonce } = groupInfoKey(suite, welcomeSecret);
  const sealed = suite.aead.seal(key, nonce, nothing, encode(writeGroupInfo, info));
  wipe(key, nonce);
  return sealed;
}

/** The reverse of {@link sealGroupInfo}. Throws `mls-welcome-decryption`, `malformed` or `too-large`. */
export function unsealGroupInfo(
  suite: CipherSuite,
  welcomeSecret: Uint8Array,
  sealed: Uint8Array,
): GroupInfo {
  const { key, nonce } = groupInfoKey(suite, welcomeSecret);
  const plaintext = suite.aead.open(key, nonce, nothing, sealed);
  wipe(key, nonce);
  if (plaintext === undefined) throw refusal("mls-welcome-decryption");
  const groupInfo = decode(readGroupInfo, plaintext);
  wipe(plaintext);
  return groupInfo;
}

/** Encrypts the secrets for each joiner. Throws `mls-key-package-init-key` where a key must not be used. */
export function sealGroupSecrets(
  suite: CipherSuite,
  joiners: readonly Joiner[],
  encryptedGroupInfo: Uint8Array,
  random: Random,
): EncryptedGroupSecrets[] {
  const encrypt = encryptWithLabel(suite, label, encryptedGroupInfo);
  return joiners.map(({ reference, initKey, secrets }) => {
    const plaintext = encode(writeGroupSecrets, secrets);
    const seed = random(suite.kem.seedSize);
    const sealed = encrypt(initKey, plaintext, seed);
    wipe(plaintext, seed);
    if (sealed === undefined) throw refusal("mls-key-package-init-key");
    return { newMember: reference, encryptedGroupSecrets: sealed };
  });
}

/**
 * The secrets of a Welcome for the key package of `reference` (RFC 9420 §12.4.3.1). Throws `mls-welcome-not-for-us`,
 * `mls-welcome-decryption`, `mls-welcome-psk` or `malformed`.
 */
export function unsealGroupSecrets(
  suite: CipherSuite,
  welcome: Welcome,
  reference: Uint8Array,
  initKeyPair: KeyPair,
): GroupSecrets {
  const entry = welcome.secrets.find(({ newMember }) => sameBytes(newMember, reference));
  if (entry === undefined) throw refusal("mls-welcome-not-for-us");
  const { encryptedGroupInfo } = welcome;
  const plaintext = decryptWithLabel(
    suite,
    initKeyPair,
    label,
    encryptedGroupInfo,
    entry.encryptedGroupSecrets,
  );
  if (plaintext === undefined) throw refusal("mls-welcome-decryption");
  const secrets = decode(readGroupSecrets, plaintext);
  wipe(plaintext);
  if (secrets.joinerSecret.length !== suite.kdf.size) throw refusal("mls-welcome-decryption");
  checkPreSharedKeys(suite, secrets);
  return secrets;
}

function checkPreSharedKeys(suite: CipherSuite, { psks }: GroupSecrets): void {
  const successors = psks.filter((psk) => psk.type === "resumption" && psk.usage !== "application");
  const names = new Set(psks.map((psk) => hex(encode(writePreSharedKeyId, psk))));
  const areNonces = psks.every(({ nonce }) => nonce.length === suite.kdf.size);
  if (successors.length > 1 || names.size < psks.length || !areNonces) throw refusal("mls-welcome-psk");
}

function groupInfoKey(suite: CipherSuite, welcomeSecret: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  return {
    key: expandWithLabel(suite, welcomeSecret, "key", nothing, suite.aead.keySize),
    nonce: expandWithLabel(suite, welcomeSecret, "nonce", nothing, suite.aead.nonceSize),
  };
}
