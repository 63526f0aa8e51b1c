import { type CredentialAuthority, type Identity, unsafeDevelopmentAuthority } from "@readback/core";
import { type CredentialRequest, type IssuedCredential, parseFullName } from "@readback/core/log";
import type { Credential } from "@readback/core/mls";
import { unsafeRevocationCredential } from "@readback/core/revocation";
import { fromUtf8, ReadbackError, utf8 } from "@readback/core/wire";
import type { Chance } from "../kernel/chance.ts";

/** Who issues credentials in a world, and how everybody judges them. */
export interface Credentials {
  readonly authority: CredentialAuthority;
  /** Whether devices ask again and again, so that key packages are replaced all the time. */
  readonly isEnding: boolean;
  /** Answers a device that asks for one, or throws. */
  issue(person: string, device: string, request: CredentialRequest): IssuedCredential;
  /** The credential of a domain's revocation service. */
  serviceOf(domain: string, signaturePublicKey: Uint8Array): Credential;
}

/** As in development: good for ever, for whoever says a name. */
export function lastingCredentials(): Credentials {
  return {
    authority: unsafeDevelopmentAuthority(),
    isEnding: false,
    issue: (person, device) => ({ credential: { type: "basic", identity: utf8(`${person}/${device}`) } }),
    serviceOf: unsafeRevocationCredential,
  };
}

/** Longer than any two clocks of a world are apart. */
const life = 3_600_000;

/**
 * Credentials that end, and are renewed all the time. After the first one of a device every fifth question is not answered.
 * @param now - by the relay's clock, as those who issue and those who judge agree on the time
 */
export function endingCredentials(chance: Chance, now: () => number): Credentials {
  const known = new Set<string>();
  return {
    authority: endingAuthority(),
    isEnding: true,
    issue(person, device) {
      const name = `${person}/${device}`;
      const from = now();
      if (known.has(name) && chance.happens(0.2)) throw new ReadbackError("aborted", "Nobody answers.");
      known.add(name);
      const identity = utf8(`${name} ${from - life} ${from + life}`);
      return { credential: { type: "basic", identity }, renewAt: from + chance.between(10_000, 90_000) };
    },
    serviceOf: unsafeRevocationCredential,
  };
}

/** Judges credentials that say who it is, and from when until when that is so. */
function endingAuthority(): CredentialAuthority {
  const read = (credential: Credential) => {
    if (credential.type !== "basic") return undefined;
    const [name = "", from, until] = fromUtf8(credential.identity).split(" ");
    const device = parseFullName(name);
    return device && { device, name, from: Number(from), until: Number(until) };
  };
  return {
    identify: (credential) => read(credential)?.device,
    isValid: ({ credential, at }) => {
      const found = read(credential);
      return found !== undefined && (at === undefined || (at >= found.from && at < found.until));
    },
    isSuccessor: (before, after) => read(before)?.name === read(after)?.name,
    expiresAt: (credential) => read(credential)?.until,
    revocationServiceOf: (claim) => unsafeDevelopmentAuthority().revocationServiceOf?.(claim),
  };
}

/** What a device is to its client. */
export function identityOf({ authority, issue }: Credentials, person: string, device: string): Identity {
  return { person, device, authority, credential: (request) => issue(person, device, request) };
}
