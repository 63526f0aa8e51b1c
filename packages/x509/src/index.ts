/**
 * `@readback/x509`: device credentials from X.509 certificates of an organisation: what clients, relays and auditors judge
 * them by, and what the organisation issues them with. Runs anywhere; nothing is fetched.
 *
 * @packageDocumentation
 */
export {
  type CredentialClaim,
  type TrustedOrganisation,
  type X509Authority,
  type X509Trust,
  x509Authority,
} from "./authority.ts";
export { type X509IdentityOptions, x509Identity } from "./identity.ts";
export {
  issueDevice,
  issueIssuer,
  issueRoot,
  issueService,
  type NewDevice,
  type NewIssuer,
  type NewRoot,
  type NewService,
} from "./issue.ts";
export type { CertificateProblem } from "./path.ts";
export { certificatesFromPem, certificateToPem } from "./pem.ts";
export { trustedOrganisation } from "./trust-argument.ts";
export type { AuthorityKey, IssuingTools, Life } from "./write-certificate.ts";
