import type { CredentialAuthority, DeviceName } from "@readback/core";
import { type CryptoProvider, defaultCryptoProvider } from "@readback/core/crypto";
import type { Credential } from "@readback/core/mls";
import { concat, hasCode, hex, ReadbackError, sameBytes } from "@readback/core/wire";
import { type Certificate, readCertificate } from "./certificate.ts";
import { type CertificateProblem, type Subject, subjectOf, type Vouched, verifyChain } from "./path.ts";
import { mostCertificates } from "./profile.ts";

/** An organisation whose devices are taken for what its certificates say. */
export interface TrustedOrganisation {
  /** The domains of its persons, in lower case: its roots vouch for these and no others. */
  readonly domains: readonly string[];
  /** Its root certificates in DER. While a root is replaced by another one, both. */
  readonly roots: readonly Uint8Array[];
}

/** What an authority for certificates judges by. */
export interface X509Trust {
  /** All that are trusted, one's own included. Members of a conversation have to have the same. */
  readonly organisations: readonly TrustedOrganisation[];
  /** Where cryptography comes from: by itself the fastest that the runtime has. */
  readonly crypto?: CryptoProvider;
}

/** A claim as `CredentialAuthority.isValid` gets it. */
export type CredentialClaim = Parameters<CredentialAuthority["isValid"]>[0];

/** Judges certificates, and says what is wrong with one. */
export interface X509Authority extends CredentialAuthority {
  expiresAt(credential: Credential): number | undefined;
  /** Why a credential is not good; `undefined` where it is. For people who issue certificates. */
  problemWith(claim: CredentialClaim): CertificateProblem | undefined;
}

/** Judgements that are kept at most: to make one takes milliseconds. */
const mostKept = 4_096;

/** What a chain says of itself, and what comes of it. */
interface Judged {
  readonly subject: Subject | undefined;
  readonly verdict: readonly Vouched[] | CertificateProblem;
}

/**
 * The authority for devices that have certificates of their organisations (RFC 5280, profile RB-1): it takes `x509`
 * credentials (RFC 9420 §5.3.1) and no others. Answers depend on the roots and on nothing outside: nothing is fetched, and
 * there is no list of what was revoked; who is not to take part any more is removed from conversations, and gets no next
 * certificate. Throws `invalid-argument` where a root is none, or a domain is listed twice.
 */
export function x509Authority({ organisations, crypto = defaultCryptoProvider() }: X509Trust): X509Authority {
  const roots = rootsByDomain(organisations);
  const hash = crypto.suite(2)?.hash;
  if (hash === undefined) throw new ReadbackError("unsupported-suite", "There is no SHA-256.");
  const byCredential = new WeakMap<Credential, Judged>();
  const byHash = new Map<string, Judged>();

  const judge = (credential: Credential): Judged => {
    const before = byCredential.get(credential);
    if (before !== undefined) return before;
    if (credential.type !== "x509") return { subject: undefined, verdict: "malformed" };
    // Each by itself: where one ends and the next begins counts.
    const name = hex(concat(...credential.certificates.map((one) => hash.digest(one))));
    const judged = byHash.get(name) ?? judgeChain(crypto, credential.certificates, roots);
    if (byHash.size >= mostKept) byHash.delete(byHash.keys().next().value ?? "");
    byHash.set(name, judged);
    byCredential.set(credential, judged);
    return judged;
  };

  const problemWith = ({
    credential,
    signaturePublicKey,
    at,
  }: CredentialClaim): CertificateProblem | undefined => {
    const { verdict } = judge(credential);
    if (typeof verdict === "string") return verdict;
    if (!verdict.some(({ key }) => sameBytes(key, signaturePublicKey))) return "other-key";
    const isGood = at === undefined || verdict.some(({ from, until }) => at >= from && at < until);
    return isGood ? undefined : "not-at-this-time";
  };

  const identify = (credential: Credential): DeviceName | undefined => {
    const { subject } = judge(credential);
    return subject?.type === "device" ? subject.device : undefined;
  };

  return {
    problemWith,
    isValid: (claim) => identify(claim.credential) !== undefined && problemWith(claim) === undefined,
    identify,
    isSuccessor: (before, after) => {
      const [old, next] = [identify(before), identify(after)];
      return old !== undefined && old.person === next?.person && old.device === next.device;
    },
    revocationServiceOf: (claim) => {
      const { subject } = judge(claim.credential);
      return subject?.type === "service" && problemWith(claim) === undefined ? subject.domain : undefined;
    },
    expiresAt: (credential) => {
      const { verdict } = judge(credential);
      return typeof verdict === "string" ? undefined : Math.max(...verdict.map(({ until }) => until));
    },
  };
}

function judgeChain(
  crypto: CryptoProvider,
  certificates: readonly Uint8Array[],
  roots: ReadonlyMap<string, readonly Certificate[]>,
): Judged {
  const bad: Judged = { subject: undefined, verdict: "malformed" };
  if (certificates.length === 0 || certificates.length > mostCertificates) return bad;
  try {
    const chain = certificates.map(readCertificate);
    const [own] = chain;
    const subject = own && subjectOf(own);
    if (subject === undefined) return { subject, verdict: "no-device" };
    // It is kept, and handed to whoever asks.
    if (subject.type === "device") Object.freeze(subject.device);
    return { subject, verdict: verifyChain(crypto, chain, roots.get(subject.domain) ?? []) };
  } catch (error) {
    if (hasCode(error, "malformed")) return bad;
    throw error;
  }
}

function rootsByDomain(organisations: readonly TrustedOrganisation[]): Map<string, readonly Certificate[]> {
  const found = new Map<string, readonly Certificate[]>();
  for (const { domains, roots } of organisations) {
    const read = roots.map(readRoot);
    for (const domain of domains) {
      if (!/^[a-z0-9.-]+$/.test(domain) || found.has(domain))
        throw new ReadbackError("invalid-argument", "A domain is in lower case, and of one organisation.");
      found.set(domain, read);
    }
  }
  return found;
}

function readRoot(bytes: Uint8Array): Certificate {
  try {
    const root = readCertificate(new Uint8Array(bytes));
    if (root.pathLength !== undefined) return root;
  } catch (cause) {
    throw new ReadbackError("invalid-argument", "A root is no certificate of an authority.", { cause });
  }
  throw new ReadbackError("invalid-argument", "A root is no certificate of an authority.");
}
