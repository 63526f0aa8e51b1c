import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { HpkeCiphertext } from "../crypto/hpke.ts";
import { readHpkeCiphertext, writeHpkeCiphertext } from "./commit.ts";
import { mostPreSharedKeys, mostProposals } from "./limits.ts";
import { type PreSharedKeyId, readPreSharedKeyId, writePreSharedKeyId } from "./pre-shared-key.ts";

/** What each joiner gets for itself (RFC 9420 §12.4.3.1). Holds secrets. */
export interface GroupSecrets {
  readonly joinerSecret: Uint8Array;
  /** Of the lowest node that is above both the joiner and the committer, where the commit had a path. */
  readonly pathSecret: Uint8Array | undefined;
  readonly psks: readonly PreSharedKeyId[];
}

/** {@link GroupSecrets} for one joiner. */
export interface EncryptedGroupSecrets {
  /** KeyPackageRef (RFC 9420 §5.2). */
  readonly newMember: Uint8Array;
  readonly encryptedGroupSecrets: HpkeCiphertext;
}

/** Invites those who were added by a commit (RFC 9420 §12.4.3.1). */
export interface Welcome {
  /** The IANA number of the cipher suite. */
  readonly cipherSuite: number;
  readonly secrets: readonly EncryptedGroupSecrets[];
  readonly encryptedGroupInfo: Uint8Array;
}

/** Encodes a Welcome. */
export function writeWelcome(writer: Writer, welcome: Welcome): void {
  writer.u16(welcome.cipherSuite);
  writer.list(welcome.secrets, (w, { newMember, encryptedGroupSecrets }) => {
    writeHpkeCiphertext(w.bytes(newMember), encryptedGroupSecrets);
  });
  writer.bytes(welcome.encryptedGroupInfo);
}

/** Decodes a Welcome of any suite. Throws `malformed` or `too-large`. */
export function readWelcome(reader: Reader): Welcome {
  return {
    cipherSuite: reader.u16(),
    secrets: reader.list(
      (r): EncryptedGroupSecrets => ({ newMember: r.bytes(), encryptedGroupSecrets: readHpkeCiphertext(r) }),
      mostProposals,
    ),
    encryptedGroupInfo: reader.bytes(),
  };
}

/** Encodes the secrets for a joiner. */
export function writeGroupSecrets(writer: Writer, secrets: GroupSecrets): void {
  writer.bytes(secrets.joinerSecret);
  writer.optional(secrets.pathSecret, (w, pathSecret) => w.bytes(pathSecret));
  writer.list(secrets.psks, writePreSharedKeyId);
}

/** Decodes the secrets for a joiner. Throws `malformed` or `too-large`. */
export function readGroupSecrets(reader: Reader): GroupSecrets {
  return {
    joinerSecret: reader.bytes(),
    pathSecret: reader.optional((r) => r.bytes()),
    psks: reader.list(readPreSharedKeyId, mostPreSharedKeys),
  };
}
