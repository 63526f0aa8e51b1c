import type { DeviceName, Identity } from "@readback/core";
import type { CredentialRequest } from "@readback/core/log";
import type { X509Authority } from "./authority.ts";
import { readCertificate } from "./certificate.ts";

/** What an identity with certificates is made of. */
export interface X509IdentityOptions extends DeviceName {
  /** Judges everybody's certificates. */
  readonly authority: X509Authority;
  /**
   * Gets certificates for the key of this device from its organisation: its own first, each signed by the next; the root may
   * be left out. Called when the device is used first, and again when two thirds of its certificate's time are over. How
   * the person proves who they are is between the application and the organisation.
   */
  enrol(request: CredentialRequest): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
}

/** The identity of a device whose organisation vouches for it with a certificate (RFC 9420 §5.3, type `x509`). */
export function x509Identity({ person, device, authority, enrol }: X509IdentityOptions): Identity {
  return {
    person,
    device,
    authority,
    async credential(request) {
      const certificates = (await enrol(request)).map((one) => new Uint8Array(one));
      const [own] = certificates;
      const credential = { type: "x509", certificates } as const;
      const end = authority.expiresAt(credential);
      // What is not good is refused by whoever asks; there is nothing to renew then.
      if (own === undefined || end === undefined) return { credential };
      const { from } = readCertificate(own);
      return { credential, renewAt: Math.floor(from + ((end - from) * 2) / 3) };
    },
  };
}
