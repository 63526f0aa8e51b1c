import { copyOf } from "../codec/bytes.ts";
import { decode } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { signEnrolment } from "../conversation/enrolment-proof.ts";
import { isSameDevice } from "../conversation/identity.ts";
import { readRecordVersion } from "../conversation/message-record.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { readCredential, writeCredential } from "../mls/credential.ts";
import type { CredentialRequest, Identity, IssuedCredential } from "./identity.ts";
import { abortable } from "./waiting.ts";

/** The credential that this device shows to others; another one takes its place from time to time. */
export interface ShownCredential {
  issued: IssuedCredential;
}

/** The key that a credential is for. */
export interface CredentialKey {
  /** A suite of its signature scheme. */
  readonly suite: CipherSuite;
  readonly signatureKeyPair: KeyPair;
}

/**
 * Asks the identity for a credential, and looks whether it is one for this device and this key. Whether it is good at this
 * time is for the relay to say, whose clock counts. Rejects with `enrolment-failed`; `cause` tells.
 */
export async function askForCredential(
  identity: Identity,
  { suite, signatureKeyPair }: CredentialKey,
  signal: AbortSignal,
): Promise<IssuedCredential> {
  const { publicKey, privateKey } = signatureKeyPair;
  const { person, device } = identity;
  const request: CredentialRequest = {
    signaturePublicKey: copyOf(publicKey),
    suite: suite.id,
    prove: (challenge) =>
      signEnrolment(suite, privateKey, { person, device, signaturePublicKey: publicKey, challenge }),
    signal,
  };
  let issued: IssuedCredential;
  try {
    issued = await answer(identity, request);
  } catch (cause) {
    // Whatever the identity says: only who waits can give up waiting.
    if (signal.aborted) throw new ReadbackError("aborted", "The wait was aborted.", { cause });
    throw new ReadbackError("enrolment-failed", "There was no credential for this device.", { cause });
  }
  const { credential, renewAt = 0 } = issued;
  const named = identity.authority.identify(credential);
  const isOwn = named !== undefined && isSameDevice(named, identity);
  if (
    !Number.isSafeInteger(Math.floor(renewAt)) ||
    !isOwn ||
    !identity.authority.isValid({ credential, signaturePublicKey: publicKey })
  )
    throw new ReadbackError("enrolment-failed", "The credential that was issued is not one of this device.");
  return issued;
}

/** What the identity answers, for as long as somebody waits for it. */
function answer(identity: Identity, request: CredentialRequest): Promise<IssuedCredential> {
  const asked = Promise.resolve().then(() => identity.credential(request));
  return abortable(request.signal, (resolve, reject) => {
    asked.then(resolve, reject);
    return () => {};
  });
}

/** The bytes of the record of a credential. */
export function encodeIssued(issued: IssuedCredential): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1);
    writeCredential(writer, issued.credential);
    writer.optional(issued.renewAt, (w, time) => void w.safe(Math.max(0, Math.floor(time))));
  }, undefined);
}

/** The credential from its record. Throws `malformed`. */
export function decodeIssued(record: Uint8Array): IssuedCredential {
  return decode((reader) => {
    readRecordVersion(reader);
    const credential = readCredential(reader);
    const renewAt = reader.optional((r) => r.safe());
    return renewAt === undefined ? { credential } : { credential, renewAt };
  }, record);
}
