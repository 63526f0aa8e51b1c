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

/**
 * What becomes of a service that logs in: it takes the place of the one before it, is that one, or is an older one, whose key may
 * be in other hands by now.
 */
export function placeOf(service: ServiceRecord, before: ServiceRecord | undefined): "new" | "same" | "older" {
  if (before === undefined || service.until > before.until) return "new";
  return sameBytes(service.signatureKey, before.signatureKey) ? "same" : "older";
}
