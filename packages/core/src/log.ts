/**
 * `@readback/core/log`: what a relay proves about its logs and a device about itself, made and checked by the same
 * code on both sides. Pure; the cipher suite comes in as an argument.
 *
 * @packageDocumentation
 */
export type { CredentialRequest, IssuedCredential } from "./client/identity.ts";
export {
  type CommitFault,
  decodeCommitFault,
  maximumCommitFaultSize,
  signCommitFault,
  verifyCommitFault,
} from "./conversation/commit-fault.ts";
export { type Enrolment, signEnrolment, verifyEnrolment } from "./conversation/enrolment-proof.ts";
export {
  decodeForkProof,
  encodeForkProof,
  type ForkProof,
  verifyForkProof,
} from "./conversation/fork-proof.ts";
export { continuedIn, namesHub } from "./conversation/group-data.ts";
export { handshakeRules } from "./conversation/handshake-rules.ts";
export { domainOf, fullName, isDevice, isPerson, parseFullName } from "./conversation/identity.ts";
export { longestLeafLifetime } from "./conversation/leaf-lifetime.ts";
export { digestOfEnds, type Ends, signEnds, verifyEnds } from "./conversation/log-ends.ts";
export { entryHash, logSuiteId, signHead, verifyHead } from "./conversation/log-entry.ts";
export type { LogPage } from "./conversation/log-page.ts";
export { signLogin, verifyLogin } from "./conversation/login-proof.ts";
export { senderUri } from "./conversation/message-id.ts";
export { mayBeginWith } from "./conversation/revocation-services.ts";
