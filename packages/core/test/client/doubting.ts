import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import type { Identity } from "../../src/index.ts";

/** Of a person whose device refuses the credential of another one: it stops at the commit that adds them. */
export function doubting(person: string, whom: string): Identity {
  const identity = unsafeDevelopmentIdentity({ person, device: "phone" });
  const { authority } = identity;
  const isRefused = (credential: Parameters<typeof authority.identify>[0]): boolean =>
    authority.identify(credential)?.person === whom;
  const isValid: typeof authority.isValid = (input) =>
    authority.isValid(input) && !isRefused(input.credential);
  return { ...identity, authority: { ...authority, isValid } };
}
