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
import { leafAt, leafIndexes } from "../mls/group-view.ts";
import type { ExtensionsChange } from "../mls/handshake-options.ts";
import type { PublicGroup } from "../mls/public-group.ts";
import { type CredentialAuthority, domainOf } from "./identity.ts";
import type { ConversationState } from "./state.ts";
import type { StepTools } from "./step.ts";

/** Milliseconds that clocks may differ by, and something takes that is handed over. */
const margin = 300_000;

/** Revocation services at most that a group names: one for each domain. */
const mostServices = 64;

/** Who may have the devices of a domain removed, by domain: as the relay has told it and the authority has judged it. */
export type RevocationServices = ReadonlyMap<string, ExternalSender>;

// Asked for with everything that is said; a group keeps its extensions, and who judges credentials knows them again.
const read = new WeakMap<readonly Extension[], readonly ExternalSender[]>();

function sendersIn(extensions: readonly Extension[]): readonly ExternalSender[] {
  const known = read.get(extensions) ?? readExternalSenders(extensions) ?? [];
  read.set(extensions, known);
  return known;
}

/** Where services are named: a suite that they have to sign with, and all extensions of the group. */
interface ServicePlace {
  readonly suite: CipherSuite;
  readonly extensions: readonly Extension[];
  /** `undefined`: it is about to be made. */
  readonly group?: PublicGroup;
}

/** What naming services takes. */
type NamingTools = Pick<StepTools, "authority" | "services" | "relayNow">;

/**
 * The extensions of a group with the revocation services of these persons' domains (RFC 9420 §12.1.8.1), or `undefined` where
 * it names them already, as far as they are known. What it names in vain is left out then.
 *
 * @param persons - who is a member afterwards
 */
export function nameServices(
  { suite, extensions, group }: ServicePlace,
  { authority, services, relayNow }: NamingTools,
  persons: readonly string[],
): Extension[] | undefined {
  const domains = new Set(persons.map(domainOf));
  const before = sendersIn(extensions);
  const added = [...services].filter(
    ([domain, service]) =>
      domains.has(domain) &&
      suite.signature.isPublicKey(service.signatureKey) &&
      isGoodFor(authority, service, domain, relayNow) &&
      before.every((one) => serviceDomain(authority, one) !== domain || endsLater(authority, one, service)),
  );
  if (added.length === 0) return undefined;
  const replaced = new Set(added.map(([domain]) => domain));
  const kept = before.filter((one) => {
    const domain = serviceDomain(authority, one);
    const isReplaced = domain !== undefined && replaced.has(domain);
    return !isReplaced && !(group !== undefined && isNamedInVain(authority, group, one, relayNow - margin));
  });
  const after = [...kept, ...added.map(([, service]) => service)];
  if (after.length > mostServices) return undefined;
  const others = extensions.filter(({ type }) => type !== extensionTypes.externalSenders);
  return [...others, writeExternalSenders(after)];
}

/** The place in a group. */
export function placeIn(group: PublicGroup): ServicePlace {
  return { suite: group.suite, extensions: group.context.extensions, group };
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
  return nameServices(placeIn(group), { ...tools, services }, [self.person]) !== undefined;
}

/** Whether a group names a service, which the one before it does not, whose credential will have ended when it arrives. */
export function namesEnding(
  before: PublicGroup | undefined,
  next: PublicGroup,
  { authority, relayNow }: Pick<StepTools, "authority" | "relayNow">,
): boolean {
  const old = sendersIn(before?.context.extensions ?? []);
  const now = sendersIn(next.context.extensions);
  return now.some(
    (one) =>
      !old.some((other) => isSameSender(one, other)) &&
      serviceDomain(authority, one, relayNow + margin) === undefined,
  );
}

/** The services that a group which follows another one names, too: all that it does not name in vain. */
export function servicesToKeep(authority: CredentialAuthority, group: PublicGroup, at: number): Extension[] {
  const senders = sendersIn(group.context.extensions);
  const kept = senders.filter((one) => !isNamedInVain(authority, group, one, at - margin));
  return kept.length === 0 ? [] : [writeExternalSenders(kept)];
}

/**
 * Whether a member may change the extensions of a group so, or ask for such a group in its place: it may name services that are
 * good, of one domain each, also newer ones for others, and leave out what is named in vain. Otherwise services stay, and in a
 * group that goes on everything else does, such as which relay it is bound to.
 *
 * @param at - milliseconds: when the relay accepted it
 */
export function mayChangeExtensions(
  authority: CredentialAuthority,
  { group, extensions, sender, isReInit }: ExtensionsChange,
  at: number,
): boolean {
  if (sender === undefined) return false;
  if (!isReInit && !hasSameOthers(group.context.extensions, extensions)) return false;
  const before = sendersIn(group.context.extensions);
  const after = sendersIn(extensions);
  if (after.length > mostServices) return false;
  const isIn = (list: readonly ExternalSender[], one: ExternalSender): boolean =>
    list.some((other) => isSameSender(one, other));
  const named = after.filter((one) => !isIn(before, one));
  const domains = after.map((one) => serviceDomain(authority, one));
  const isNamedWell = (one: ExternalSender): boolean => {
    const domain = serviceDomain(authority, one, at);
    return (
      domain !== undefined &&
      group.suite.signature.isPublicKey(one.signatureKey) &&
      domains.filter((other) => other === domain).length === 1
    );
  };
  const mayGo = (one: ExternalSender): boolean =>
    isNamedInVain(authority, group, one, at) ||
    named.some(
      (other) =>
        serviceDomain(authority, other) === serviceDomain(authority, one) && endsLater(authority, one, other),
    );
  return named.every(isNamedWell) && before.filter((one) => !isIn(after, one)).every(mayGo);
}

/** Whether a group may begin with these services: not too many, and of each domain one at most. */
export function mayBeginWith(authority: CredentialAuthority, extensions: readonly Extension[]): boolean {
  const senders = sendersIn(extensions);
  const domains = senders.flatMap((one) => serviceDomain(authority, one) ?? []);
  return senders.length <= mostServices && new Set(domains).size === domains.length;
}

/** Whether a service is named for nothing: nobody vouches for it, or no more, or no member is of its domain. */
function isNamedInVain(
  authority: CredentialAuthority,
  group: PublicGroup,
  service: ExternalSender,
  at: number,
): boolean {
  const domain = serviceDomain(authority, service, at);
  if (domain === undefined) return true;
  return leafIndexes(group).every((leaf) => domainAt(authority, group, leaf) !== domain);
}

/** Whether a service speaks for a domain, and will when something arrives that is handed over now. */
function isGoodFor(
  authority: CredentialAuthority,
  service: ExternalSender,
  domain: string,
  relayNow: number,
): boolean {
  return [relayNow, relayNow + margin].every((at) => serviceDomain(authority, service, at) === domain);
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
