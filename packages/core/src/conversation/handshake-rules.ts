import type { CredentialValidator } from "../mls/credential.ts";
import { leafAt } from "../mls/group-view.ts";
import type { ValidationOptions } from "../mls/handshake-options.ts";
import type { PublicGroup } from "../mls/public-group.ts";
import { type CredentialAuthority, domainOf } from "./identity.ts";
import { longestLeafLifetime } from "./leaf-lifetime.ts";
import { mayChangeExtensions } from "./revocation-services.ts";

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
    // Not at which time: what it proposes is judged by that, and a group that names one that has ended can be joined.
    isValidExternalSender: ({ credential, signaturePublicKey }) =>
      authority.revocationServiceOf?.({ credential, signaturePublicKey }) !== undefined,
  };
}

/** The domain of the member at a leaf, `undefined` where there is none. */
export function domainAt(
  authority: CredentialAuthority,
  group: PublicGroup,
  leafIndex: number,
): string | undefined {
  const leaf = leafAt(group, leafIndex);
  const named = leaf && authority.identify(leaf.credential);
  return named && domainOf(named.person);
}
