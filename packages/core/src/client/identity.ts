import { utf8 } from "../codec/utf8.ts";
import {
  type CredentialAuthority,
  type DeviceName,
  fullName,
  isDevice,
  isPerson,
  unsafeDevelopmentAuthority,
} from "../conversation/identity.ts";
import { ReadbackError } from "../error.ts";
import type { Credential } from "../mls/credential.ts";

/** What a device shows whoever is to issue a credential for it. */
export interface CredentialRequest {
  /** The key that it signs with; the same for the life of its store. */
  readonly signaturePublicKey: Uint8Array;
  /** The IANA number of a cipher suite whose signature scheme the key is of. */
  readonly suite: number;
  /** Proves that the device holds the private key: its signature over what the issuer has sent, see `verifyEnrolment`. */
  prove(challenge: Uint8Array): Uint8Array;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A credential, and when to ask for the next one. */
export interface IssuedCredential {
  readonly credential: Credential;
  /** Milliseconds since 1970; never unless given. So early that a device that is seldom online gets it in time. */
  readonly renewAt?: number;
}

/** What `createClient` needs to know about the device it runs on. */
export interface Identity extends DeviceName {
  /**
   * The credential to put into this device's leaves: asked for when the device is used first, and again from `renewAt` on.
   * What it answers is stored. May throw or reject: the first time the client does not start, later it asks again.
   */
  credential(request: CredentialRequest): IssuedCredential | Promise<IssuedCredential>;
  /** Judges everybody's credentials, this device's own included. */
  readonly authority: CredentialAuthority;
}

/**
 * For development and tests only: a `basic` credential (RFC 9420 §5.3) that says who the device is without any proof.
 * Anybody can claim any name, so the only thing that holds a name to a key is that a relay remembers the first one.
 * Throws `invalid-argument` where a name is not of the form `ada@mercy.example` or a device name is not one word.
 */
export function unsafeDevelopmentIdentity(name: {
  readonly person: string;
  readonly device?: string;
}): Identity {
  const device = { person: name.person, device: name.device ?? "device" };
  if (!isPerson(device.person) || !isDevice(device.device)) {
    throw new ReadbackError(
      "invalid-argument",
      "A person is written like ada@mercy.example, a device as one word.",
    );
  }
  const credential: Credential = { type: "basic", identity: utf8(fullName(device)) };
  return { ...device, credential: () => ({ credential }), authority: unsafeDevelopmentAuthority() };
}
