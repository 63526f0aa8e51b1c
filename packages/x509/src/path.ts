import type { DeviceName } from "@readback/core";
import type { CryptoProvider } from "@readback/core/crypto";
import { domainOf } from "@readback/core/log";
import { sameBytes } from "@readback/core/wire";
import type { Certificate } from "./certificate.ts";
import { deviceOfUri, serviceOfUri, urisOf } from "./device-uri.ts";
import { allowsHost } from "./name-constraints.ts";
import { keyUsage, longestLife, longestServiceLife, mostCertificates } from "./profile.ts";
import { signatureOf } from "./schemes.ts";

/** Why a chain of certificates does not speak for a device. */
export type CertificateProblem =
  /** Not DER, too large or too many, of keys that are not used here, or with what is not understood. */
  | "malformed"
  /** It names no device and no revocation service, another one besides, or something that is none. */
  | "no-device"
  /** It does not lead to a root that is trusted for the domain of the person. */
  | "untrusted"
  /** One of its certificates was not signed by the next. */
  | "signature"
  /** Who has signed is no authority, or the certificate is not for what it names. */
  | "usage"
  /** An authority was not to issue for this domain. */
  | "constraints"
  /** It is good for longer than 30 days, or than 398 where it is a service's. */
  | "too-long"
  /** It was issued for another key. */
  | "other-key"
  /** Not good yet, or no more. */
  | "not-at-this-time";

/** Whom a certificate names. */
export type Subject =
  | { readonly type: "device"; readonly domain: string; readonly device: DeviceName }
  | { readonly type: "service"; readonly domain: string };

/** A subject, as its certificates vouch for it: all of what is said holds from `from` to right before `until`. */
export interface Vouched {
  readonly subject: Subject;
  readonly key: Uint8Array;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** Whom a certificate names, whoever has issued it; `undefined` where that is nobody, or more than one. */
export function subjectOf({ uris }: Certificate): Subject | undefined {
  const [first, second, ...others] = uris ?? [];
  if (first === undefined || others.length > 0) return undefined;
  if (second === undefined) {
    const domain = serviceOfUri(first);
    return domain === undefined ? undefined : { type: "service", domain };
  }
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const device = deviceOfUri(one);
    if (device !== undefined && urisOf(device).person === other)
      return { type: "device", domain: domainOf(device.person), device };
  }
  return undefined;
}

/**
 * Judges a chain (RFC 5280 §6, and the profile): each certificate is signed by the next, and the last is a root or signed by
 * one. Whether it is good at some time is for the answer to say: one for each root that vouches for it, or why none does.
 * @param roots - those that are trusted for the domain
 */
export function verifyChain(
  crypto: CryptoProvider,
  chain: readonly Certificate[],
  roots: readonly Certificate[],
): readonly Vouched[] | CertificateProblem {
  const verdicts = pathsToRoots(crypto, chain, roots).map((path) => verifyPath(crypto, path));
  const vouched = verdicts.flatMap((verdict) => (typeof verdict === "string" ? [] : [verdict]));
  if (vouched.length > 0) return vouched;
  const [problem = "untrusted"] = verdicts;
  return typeof problem === "string" ? problem : "untrusted";
}

function verifyPath(crypto: CryptoProvider, path: readonly Certificate[]): Vouched | CertificateProblem {
  const [own] = path;
  const subject = own && subjectOf(own);
  if (own === undefined || subject === undefined) return "no-device";
  if (path.length > mostCertificates) return "malformed";
  if (own.usage !== keyUsage.digitalSignature || own.pathLength !== undefined || own.purpose !== subject.type)
    return "usage";
  // To the second that is good as well.
  const longest = subject.type === "device" ? longestLife : longestServiceLife;
  if (own.until - own.from > longest + 1_000) return "too-long";
  for (const [index, issuer] of path.entries()) {
    const issued = path[index - 1];
    if (issued === undefined) continue;
    if ((issuer.pathLength ?? -1) < index - 1 || (issuer.usage & keyUsage.keyCertSign) === 0) return "usage";
    if (issuer.purpose !== undefined && issuer.purpose !== subject.type) return "usage";
    // What issues for devices day by day is within reach of many: a root speaks for a service itself, or through one for that.
    if (subject.type === "service" && issuer.purpose === undefined && index < path.length - 1) return "usage";
    if (!isIssuedBy(crypto, issued, issuer)) return "signature";
    if (issuer.constraints !== undefined && !allowsHost(issuer.constraints, subject.domain))
      return "constraints";
  }
  const from = Math.max(...path.map((one) => one.from));
  return { subject, key: own.key, from, until: Math.min(...path.map((one) => one.until)) };
}

/** The chain with each root that has signed it, or by itself where it ends with one. */
function pathsToRoots(
  crypto: CryptoProvider,
  chain: readonly Certificate[],
  roots: readonly Certificate[],
): (readonly Certificate[])[] {
  const last = chain.at(-1);
  if (last === undefined) return [];
  if (chain.length > 1 && roots.some(({ bytes }) => sameBytes(bytes, last.bytes))) return [chain];
  return roots.filter((one) => isIssuedBy(crypto, last, one)).map((root) => [...chain, root]);
}

function isIssuedBy(crypto: CryptoProvider, subject: Certificate, issuer: Certificate): boolean {
  if (!sameBytes(subject.issuer, issuer.subject) || subject.signatureScheme !== issuer.keyScheme)
    return false;
  return signatureOf(crypto, issuer.keyScheme).verify(issuer.key, subject.signed, subject.signature);
}
