/**
 * `@readback/core/revocation`: how an organisation has a lost device of its own removed from all conversations.
 *
 * @packageDocumentation
 */
export { type RevokedMembership, type RevokeOptions, revokeDevice } from "./client/revoke-device.ts";
export { announceService, type RevocationService, type ServiceOptions } from "./client/service-session.ts";
export { unsafeRevocationCredential } from "./conversation/identity.ts";
