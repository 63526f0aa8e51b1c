import { sameBytes } from "@readback/core/wire";

/** The revocation service of a domain, as a relay stores it. */
export interface ServiceRecord {
  readonly domain: string;
  readonly signatureKey: Uint8Array;
  /** An encoded MLS `Credential` (RFC 9420 §5.3). */
  readonly credential: Uint8Array;
  /** When the credential ends, milliseconds; the largest safe integer where it does not. */
  readonly until: number;
}

/** Whether a service takes the place of the one of its domain: nobody brings back an old one, whose key may be in other hands. */
export function takesPlaceOf(service: ServiceRecord, before: ServiceRecord | undefined): boolean {
  if (before === undefined || sameBytes(service.signatureKey, before.signatureKey)) return true;
  return service.until > before.until;
}
