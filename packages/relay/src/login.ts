import { domainOf, verifyLogin } from "@readback/core/log";
import { readCredential } from "@readback/core/mls";
import {
  type AnnouncedService,
  type Answer,
  type Challenge,
  decode,
  hasCode,
  type Login,
} from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";
import { serviceName } from "./service-name.ts";
import type { ServiceRecord } from "./service-record.ts";

/** Whether a device is let in, and what it is told. */
export type LoginOutcome =
  | { readonly device: KnownDevice; readonly answer: Answer; readonly told: readonly string[] }
  | { readonly device: undefined; readonly answer: Answer };

/**
 * Judges a device's proof and binds a new device's name to its key. Why a login is refused is told to nobody: every
 * reason looks the same from outside. Rejects where the store fails.
 */
export async function logIn(hub: Hub, challenge: Challenge, login: Login): Promise<LoginOutcome> {
  const refused: LoginOutcome = { device: undefined, answer: { type: "refused", code: "not-allowed" } };
  const claimed = claimedDevice(hub, challenge, login);
  if (claimed === undefined) return refused;
  if (typeof claimed.domain === "string") return serve(hub, login, claimed);
  const { deviceName, ...device } = claimed;
  const { name, person, signatureKey } = device;
  const record = { name, person, suite: login.suite, signatureKey };
  const now = hub.clock.now();
  const { devicesPerPerson, devicesPerOrganisation } = hub.limits;
  const registration = await hub.store.register(record, now, devicesPerPerson, devicesPerOrganisation);
  if (registration.type !== "registered") return refused;
  const { told, keyPackages, lastResorts } = registration;
  const services = await hub.store.readServices([domainOf(person)]);
  const answer: Answer = {
    type: "welcome",
    ...{ person, device: deviceName, keyPackages, lastResorts, now },
    services: services.map(announced),
  };
  return { device, answer, told };
}

/** As much of a service as devices are told. */
export function announced({ signatureKey, credential }: ServiceRecord): AnnouncedService {
  return { signatureKey, credential };
}

/** Lets a revocation service in, and remembers it: devices hear of it from now on. */
async function serve(hub: Hub, { credential }: Login, service: ClaimedService): Promise<LoginOutcome> {
  const { domain, ...device } = service;
  const { signatureKey, until = Number.MAX_SAFE_INTEGER } = device;
  const record = { domain, signatureKey, credential: new Uint8Array(credential), until };
  // An older one's key may be in other hands by now: that is why there is a newer one.
  if (!(await hub.store.putService(record)))
    return { device: undefined, answer: { type: "refused", code: "not-allowed" } };
  return { device, answer: { type: "serving", domain, now: hub.clock.now() }, told: [] };
}

type ClaimedDevice = KnownDevice & { readonly deviceName: string; readonly domain?: undefined };
type ClaimedService = KnownDevice & { readonly domain: string };

function claimedDevice(
  hub: Hub,
  challenge: Challenge,
  login: Login,
): ClaimedDevice | ClaimedService | undefined {
  const suite = hub.crypto.suite(login.suite);
  const { signatureKey } = login;
  if (suite === undefined || !suite.signature.isPublicKey(signatureKey)) return undefined;
  if (!verifyLogin(suite, challenge, login)) return undefined;
  try {
    const credential = decode(readCredential, login.credential);
    const claim = { credential, signaturePublicKey: signatureKey, at: hub.clock.now() };
    const until = hub.authority.expiresAt?.(credential);
    // Keys are remembered with what was made of them for as long as their bytes live: these are used no more.
    const common = { signatureKey: new Uint8Array(signatureKey), until };
    const domain = hub.authority.revocationServiceOf?.(claim);
    if (domain !== undefined) {
      const name = serviceName(domain);
      return { name, person: name.slice(0, -1), domain, ...common };
    }
    const named = hub.authority.isValid(claim) ? hub.authority.identify(credential) : undefined;
    if (named === undefined) return undefined;
    const { person, device } = named;
    return { name: `${person}/${device}`, person, deviceName: device, ...common };
  } catch (error) {
    if (hasCode(error, "malformed") || hasCode(error, "too-large")) return undefined;
    throw error;
  }
}
