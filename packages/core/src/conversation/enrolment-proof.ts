import { Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { writeName } from "../wire/name.ts";
import { type DeviceName, fullName, isDevice, isPerson } from "./identity.ts";

const enrolmentLabel = "RB-1 Enrolment";

/** Bytes of an issuer's challenge at most. */
const longestChallenge = 1_024;

/** Who wants a credential, and for what the issuer knows is asked anew. */
export interface Enrolment extends DeviceName {
  readonly signaturePublicKey: Uint8Array;
  /** What the issuer has sent for this very request; at most 1,024 bytes. */
  readonly challenge: Uint8Array;
}

/**
 * Proves to an issuer that this device holds its private key: a signature (SignWithLabel, RFC 9420 §5.1.2) over its name,
 * its key and the challenge. Throws `too-large` where the challenge is.
 */
export function signEnrolment(suite: CipherSuite, privateKey: Uint8Array, enrolment: Enrolment): Uint8Array {
  if (enrolment.challenge.length > longestChallenge)
    throw new ReadbackError("too-large", "A challenge has at most 1,024 bytes.");
  return signWithLabel(suite, privateKey, enrolmentLabel, enrolmentContent(enrolment));
}

/** Whether whoever asks holds the private key. Never throws on what a device sent. */
export function verifyEnrolment(suite: CipherSuite, enrolment: Enrolment, proof: Uint8Array): boolean {
  const { signaturePublicKey: key, challenge } = enrolment;
  if (challenge.length > longestChallenge || !suite.signature.isPublicKey(key)) return false;
  if (!isPerson(enrolment.person) || !isDevice(enrolment.device)) return false;
  return verifyWithLabel(suite, key, enrolmentLabel, enrolmentContent(enrolment), proof);
}

function enrolmentContent(enrolment: Enrolment): Uint8Array {
  const writer = new Writer(512);
  writeName(writer, fullName(enrolment));
  return writer.bytes(enrolment.signaturePublicKey).bytes(enrolment.challenge).finish();
}
