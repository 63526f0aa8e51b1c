import { fromUtf8, utf8 } from "../codec/utf8.ts";
import type { Credential, CredentialValidator } from "../mls/credential.ts";
import { maximumNameSize } from "../wire/limits.ts";

/** Who a device is. Two devices of one person differ in `device`. */
export interface DeviceName {
  /** The person, for instance `ada@mercy.example`: a name, an at sign, a domain. */
  readonly person: string;
  /** The device among those of the person, for instance `phone`. */
  readonly device: string;
}

/** Decides which credentials are good and says whose they are. Must be pure: every member must come to the same verdict. */
export interface CredentialAuthority extends CredentialValidator {
  /** The device that a credential names, or `undefined` where the credential is not of a kind this authority knows. */
  identify(credential: Credential): DeviceName | undefined;
  /** From when on a credential is good no more, in milliseconds since 1970; `undefined`, or absent: it does not end. */
  expiresAt?(credential: Credential): number | undefined;
  /**
   * The domain whose revocation service holds this key and credential (at a time, where one is given): it may have the devices
   * of that domain removed from conversations. `undefined` where a credential is none of these; absent: there are none.
   */
  revocationServiceOf?(claim: Parameters<CredentialValidator["isValid"]>[0]): string | undefined;
}

const personPattern = /^[^\s/@\p{Cc}\p{Cs}]+@[a-z0-9.-]+$/u;
const domainPattern = /^[a-z0-9.-]+$/;
const devicePattern = /^[^\s/\p{Cc}\p{Cs}]+$/u;

/** The domain of a person, which is the organisation's. */
export function domainOf(person: string): string {
  return person.slice(person.lastIndexOf("@") + 1);
}

/** Person, a slash, device: unique among all devices. */
export function fullName(name: DeviceName): string {
  return `${name.person}/${name.device}`;
}

/** Whether two names are the same device. */
export function isSameDevice(a: DeviceName, b: DeviceName): boolean {
  return a.person === b.person && a.device === b.device;
}

/** The reverse of {@link fullName}; `undefined` for anything that is not a full name. */
export function parseFullName(text: string): DeviceName | undefined {
  const slash = text.indexOf("/");
  const name = { person: text.slice(0, slash), device: text.slice(slash + 1) };
  return slash > 0 && isPerson(name.person) && isDevice(name.device) ? name : undefined;
}

/** Whether a text is a person's name: something, an at sign, a lower-case domain; no spaces and no slashes. */
export function isPerson(text: string): boolean {
  return personPattern.test(text) && utf8(text).length <= maximumNameSize / 2;
}

/** Whether a text is a domain: lower case. */
export function isDomain(text: string): boolean {
  return domainPattern.test(text) && text.length <= maximumNameSize / 2;
}

/** Whether a text is the name of a device: one word, without a slash. */
export function isDevice(text: string): boolean {
  return devicePattern.test(text) && utf8(text).length < maximumNameSize / 2;
}

/** For development and tests only: accepts every `basic` credential that names a device. See `unsafeDevelopmentIdentity`. */
export function unsafeDevelopmentAuthority(): CredentialAuthority {
  return {
    identify: nameInBasicCredential,
    isValid: ({ credential }) => nameInBasicCredential(credential) !== undefined,
    isSuccessor: (before, after) => {
      const [old, next] = [nameInBasicCredential(before), nameInBasicCredential(after)];
      return old !== undefined && next !== undefined && fullName(old) === fullName(next);
    },
    revocationServiceOf: ({ credential }) => serviceInBasicCredential(credential),
  };
}

// The author of each message is judged, and the credentials of a group are few.
const read = new WeakMap<Credential, { readonly name: DeviceName | undefined }>();

function nameInBasicCredential(credential: Credential): DeviceName | undefined {
  const before = read.get(credential);
  if (before !== undefined) return before.name;
  const name = credential.type === "basic" ? nameIn(credential.identity) : undefined;
  read.set(credential, { name });
  return name;
}

/** For development and tests only: the credential of a domain's revocation service. */
export function unsafeRevocationCredential(domain: string): Credential {
  return { type: "basic", identity: utf8(servicePrefix + domain) };
}

// No device is named like that: a person has an at sign.
const servicePrefix = "revocation/";

function serviceInBasicCredential(credential: Credential): string | undefined {
  if (credential.type !== "basic") return undefined;
  try {
    const text = fromUtf8(credential.identity);
    const domain = text.slice(servicePrefix.length);
    return text.startsWith(servicePrefix) && isDomain(domain) ? domain : undefined;
  } catch {
    // Bytes that are not UTF-8 name nothing; that is an answer here, not a failure.
    return undefined;
  }
}

function nameIn(identity: Uint8Array): DeviceName | undefined {
  try {
    return parseFullName(fromUtf8(identity));
  } catch {
    // Bytes that are not UTF-8 name nobody; that is an answer here, not a failure.
    return undefined;
  }
}
