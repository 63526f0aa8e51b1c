import { verifyLogin } from "@readback/core/log";
import { readCredential } from "@readback/core/mls";
import { type Answer, type Challenge, decode, hasCode, type Login } from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";

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
  const { deviceName, ...device } = claimed;
  const { name, person, signatureKey } = device;
  const record = { name, person, suite: login.suite, signatureKey };
  const now = hub.clock.now();
  const { devicesPerPerson, devicesPerOrganisation } = hub.limits;
  const registration = await hub.store.register(record, now, devicesPerPerson, devicesPerOrganisation);
  if (registration.type !== "registered") return refused;
  const { told, keyPackages, lastResorts } = registration;
  const answer: Answer = { type: "welcome", person, device: deviceName, keyPackages, lastResorts, now };
  return { device, answer, told };
}

function claimedDevice(
  hub: Hub,
  challenge: Challenge,
  login: Login,
): (KnownDevice & { readonly deviceName: string }) | undefined {
  const suite = hub.crypto.suite(login.suite);
  const { signatureKey } = login;
  if (suite === undefined || !suite.signature.isPublicKey(signatureKey)) return undefined;
  if (!verifyLogin(suite, challenge, login)) return undefined;
  try {
    const credential = decode(readCredential, login.credential);
    const claim = { credential, signaturePublicKey: signatureKey, at: hub.clock.now() };
    const named = hub.authority.isValid(claim) ? hub.authority.identify(credential) : undefined;
    if (named === undefined) return undefined;
    const { person, device } = named;
    // Keys are remembered with what was made of them for as long as their bytes live: these are used no more.
    return {
      name: `${person}/${device}`,
      person,
      signatureKey: new Uint8Array(signatureKey),
      until: hub.authority.expiresAt?.(credential),
      deviceName: device,
    };
  } catch (error) {
    if (hasCode(error, "malformed") || hasCode(error, "too-large")) return undefined;
    throw error;
  }
}
