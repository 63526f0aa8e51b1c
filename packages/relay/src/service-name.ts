import { type PublicGroup, readExternalSenders } from "@readback/core/mls";
import { sameBytes } from "@readback/core/wire";
import type { KnownDevice } from "./hub.ts";

/** What the revocation service of a domain is called among devices: no device is, since a person has a name before the at sign. */
export function serviceName(domain: string): string {
  return `@${domain}/`;
}

/** Whether a group names this revocation service among its external senders (RFC 9420 §12.1.8.1). */
export function isNamedIn({ context }: PublicGroup, { signatureKey: own }: KnownDevice): boolean {
  const senders = readExternalSenders(context.extensions) ?? [];
  return senders.some(({ signatureKey }) => sameBytes(signatureKey, own));
}

/** Whether who has logged in is a revocation service. */
export function isService({ person }: Pick<KnownDevice, "person">): boolean {
  return person.startsWith("@");
}
