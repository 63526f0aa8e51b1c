import type { CredentialValidator } from "../mls/credential.ts";
import type { ValidationOptions } from "../mls/handshake-options.ts";
import type { CredentialAuthority } from "./identity.ts";
import { longestLeafLifetime } from "./leaf-lifetime.ts";
import { domainAt, mayChangeExtensions } from "./revocation-services.ts";

/**
 * What profile RB-1 adds to RFC 9420 for proposals and commits: the same for members and for the relay, or they would
 * disagree on what is valid.
 *
 * @param now - when the relay accepted it, or would, in milliseconds
 */
export function handshakeRules(authority: CredentialAuthority, now: number): ValidationOptions {
  return {
    credentials: credentialRules(authority),
    now,
    longestLifetime: longestLeafLifetime,
    acceptExtensions: (change) => mayChangeExtensions(authority, change, now),
    acceptExternalProposal: (proposal, { credential, signatureKey: signaturePublicKey }, group) => {
      const domain = authority.revocationServiceOf?.({ credential, signaturePublicKey, at: now });
      return (
        domain !== undefined &&
        proposal.type === "remove" &&
        domainAt(authority, group, proposal.removed) === domain
      );
    },
  };
}

/** Devices are vouched for as members, revocation services as external senders, and neither as the other. */
export function credentialRules(authority: CredentialAuthority): CredentialValidator {
  const { isSuccessor } = authority;
  return {
    isValid: (claim) => authority.isValid(claim),
    ...(isSuccessor === undefined ? {} : { isSuccessor: isSuccessor.bind(authority) }),
    // They are judged when they are named and whenever they propose something: a group that names one for whom nobody
    // vouches any more can be joined.
    isValidExternalSender: () => true,
  };
}
