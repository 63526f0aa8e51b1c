import { sameBytes } from "../codec/bytes.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import {
  type Extension,
  type ExternalSender,
  extensionTypes,
  isSameSender,
  readExternalSenders,
  writeExternalSenders,
} from "../mls/extension.ts";
import { leafAt } from "../mls/group-view.ts";
import type { ExtensionsChange } from "../mls/handshake-options.ts";
import type { PublicGroup } from "../mls/public-group.ts";
import { type CredentialAuthority, domainOf } from "./identity.ts";
import type { ConversationState } from "./state.ts";
import type { StepTools } from "./step.ts";

/** Revocation services at most that a group names: one for each domain. */
const mostServices = 64;

/** Who may have the devices of a domain removed, by domain: as the relay has told it and the authority has judged it. */
export type RevocationServices = ReadonlyMap<string, ExternalSender>;

/** Where services are named: a suite that they have to sign with, and all extensions of the group. */
interface ServicePlace {
  readonly suite: CipherSuite;
  readonly extensions: readonly Extension[];
}

/** What naming services takes. */
type NamingTools = Pick<StepTools, "authority" | "services" | "relayNow">;

/**
 * The extensions of a group with the revocation services of these persons' domains (RFC 9420 §12.1.8.1), or `undefined` where
 * it names them already, as far as they are known.
 *
 * @param self - who commits it: nobody brings a newer service of another domain
 */
export function nameServices(
  { suite, extensions }: ServicePlace,
  { authority, services, relayNow }: NamingTools,
  self: string,
  persons: readonly string[],
): Extension[] | undefined {
  const domains = new Set(persons.map(domainOf));
  const before = readExternalSenders(extensions) ?? [];
  const after = [...before];
  for (const [domain, service] of services) {
    const isGood =
      suite.signature.isPublicKey(service.signatureKey) &&
      serviceDomain(authority, service, relayNow) === domain;
    if (!domains.has(domain) || !isGood) continue;
    const place = before.findIndex((one) => serviceDomain(authority, one) === domain);
    const named = before[place];
    if (named === undefined) after.push(service);
    else if (domain === domainOf(self) && endsLater(authority, named, service)) after[place] = service;
  }
  const isSame = after.length === before.length && after.every((one, index) => one === before[index]);
  if (isSame || after.length > mostServices) return undefined;
  const others = extensions.filter(({ type }) => type !== extensionTypes.externalSenders);
  return [...others, writeExternalSenders(after)];
}

/** The place in a group. */
export function placeIn({ suite, context }: PublicGroup): ServicePlace {
  return { suite, extensions: context.extensions };
}

/** Whether the group of a conversation does not name the revocation service of this device's own domain, or an older one. */
export function lacksOwnService(
  { group, self }: Pick<ConversationState, "group" | "self">,
  tools: NamingTools,
): boolean {
  const own = domainOf(self.person);
  const service = tools.services.get(own);
  if (group === undefined || service === undefined) return false;
  const services = new Map([[own, service]]);
  return nameServices(placeIn(group), { ...tools, services }, self.person, [self.person]) !== undefined;
}

/** What a group that follows another one keeps of its extensions: the revocation services. */
export function servicesIn(extensions: readonly Extension[]): Extension[] {
  return extensions.filter(({ type }) => type === extensionTypes.externalSenders);
}

/**
 * Whether a member may change the extensions of a group so: it may name further revocation services, and a newer one of its
 * own domain. Everything else stays, such as which relay the group is bound to, and no service is taken out.
 *
 * @param at - milliseconds: when the relay accepted it
 */
export function mayChangeExtensions(
  authority: CredentialAuthority,
  { group, extensions, sender }: ExtensionsChange,
  at: number,
): boolean {
  const leaf = sender === undefined ? undefined : leafAt(group, sender);
  const proposer = leaf && authority.identify(leaf.credential);
  if (proposer === undefined || !hasSameOthers(group.context.extensions, extensions)) return false;
  const before = readExternalSenders(group.context.extensions) ?? [];
  const after = readExternalSenders(extensions) ?? [];
  if (after.length < before.length || after.length > mostServices) return false;
  const domains = after.map((service) => serviceDomain(authority, service));
  if (new Set(domains).size !== domains.length) return false;
  return after.every((service, index) => {
    const former = before[index];
    if (former !== undefined && isSameSender(former, service)) return true;
    const domain = serviceDomain(authority, service, at);
    if (!group.suite.signature.isPublicKey(service.signatureKey)) return false;
    if (domain === undefined || former === undefined) return domain !== undefined;
    const isOwn = domain === domainOf(proposer.person) && domain === serviceDomain(authority, former);
    return isOwn && endsLater(authority, former, service);
  });
}

/** The domain that a service may speak for; at a time, where one is given. */
export function serviceDomain(
  authority: CredentialAuthority,
  { credential, signatureKey: signaturePublicKey }: ExternalSender,
  at?: number,
): string | undefined {
  const claim = { credential, signaturePublicKey };
  return authority.revocationServiceOf?.(at === undefined ? claim : { ...claim, at });
}

/** Whether a service is a newer one: nobody can bring back an old one, whose key may be in other hands by now. */
export function endsLater(
  authority: CredentialAuthority,
  former: ExternalSender,
  service: ExternalSender,
): boolean {
  const [old, next] = [former, service].map(({ credential }) => authority.expiresAt?.(credential));
  return old !== undefined && next !== undefined && next > old;
}

function hasSameOthers(before: readonly Extension[], after: readonly Extension[]): boolean {
  const [old, next] = [before, after].map((list) =>
    list.filter(({ type }) => type !== extensionTypes.externalSenders),
  ) as [Extension[], Extension[]];
  return (
    old.length === next.length &&
    old.every(({ type, data }, i) => type === next[i]?.type && sameBytes(data, next[i].data))
  );
}
