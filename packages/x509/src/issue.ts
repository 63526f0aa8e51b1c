import {
  BasicConstraints,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  NameConstraints,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import type { DeviceName } from "@readback/core";
import { domainOf, isDevice, isPerson } from "@readback/core/log";
import { ReadbackError } from "@readback/core/wire";
import { serviceOfUri, serviceUri, urisOf } from "./device-uri.ts";
import {
  deviceUsage,
  extensionId,
  keyUsage,
  longestLife,
  longestServiceLife,
  serviceUsage,
} from "./profile.ts";
import {
  type AuthorityKey,
  type CertificateRequest,
  critical,
  derOf,
  type IssuingTools,
  issue,
  type Life,
  nameOf,
  raw,
  subjectOf,
  usageOf,
} from "./write-certificate.ts";

/** A root to make. */
export interface NewRoot extends Life {
  /** What people call it. */
  readonly name: string;
  readonly key: AuthorityKey;
  /** The only domains whose devices it vouches for. */
  readonly domains: readonly string[];
}

/**
 * A root certificate of an organisation: others trust it by pinning its bytes. Throws `invalid-argument`, and
 * `unsupported-suite` where certificates do not have such keys.
 */
export function issueRoot({ name, key, domains, from, until }: NewRoot, tools: IssuingTools): Uint8Array {
  if (domains.length === 0) throw new ReadbackError("invalid-argument", "A root is for a domain at least.");
  const permitted = domains.map((host) => {
    return new GeneralSubtree({ base: new GeneralName({ uniformResourceIdentifier: host }) });
  });
  return issue(
    {
      subject: nameOf(name),
      issuer: nameOf(name),
      suite: key.suite,
      publicKey: key.publicKey,
      life: { from, until },
      extensions: [
        critical(extensionId.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 1 })),
        critical(extensionId.keyUsage, usageOf(keyUsage.keyCertSign)),
        critical(
          extensionId.nameConstraints,
          new NameConstraints({ permittedSubtrees: new GeneralSubtrees(permitted) }),
        ),
      ],
    },
    key,
    tools,
  );
}

/** An authority under a root, so that the root's key can be kept away from the network. */
export interface NewIssuer extends Life {
  readonly name: string;
  /** A suite of its signature scheme. */
  readonly suite: number;
  readonly publicKey: Uint8Array;
}

/** The certificate of an authority that issues for devices, under a root. Errors as of {@link issueRoot}. */
export function issueIssuer(
  { name, suite, publicKey, from, until }: NewIssuer,
  by: { readonly certificate: Uint8Array; readonly key: AuthorityKey },
  tools: IssuingTools,
): Uint8Array {
  return issue(
    {
      subject: nameOf(name),
      issuer: subjectOf(by.certificate),
      suite,
      publicKey,
      life: { from, until },
      extensions: [
        critical(extensionId.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
        critical(extensionId.keyUsage, usageOf(keyUsage.keyCertSign)),
      ],
    },
    by.key,
    tools,
  );
}

/** A device to vouch for. */
export interface NewDevice extends DeviceName, Life {
  /** A suite of its signature scheme, as its request says. */
  readonly suite: number;
  readonly signaturePublicKey: Uint8Array;
}

/**
 * The certificate of a device, good for 30 days at most. Whoever calls this has seen who asks, and that they hold the key
 * (`verifyEnrolment` of `@readback/core/log`). Throws `invalid-argument` where the name is none or the time is too long, and
 * as {@link issueRoot}.
 */
export function issueDevice(
  { person, device, suite, signaturePublicKey: publicKey, from, until }: NewDevice,
  by: { readonly certificate: Uint8Array; readonly key: AuthorityKey },
  tools: IssuingTools,
): Uint8Array {
  const name = { person, device };
  if (!isPerson(person) || !isDevice(device) || until - from > longestLife)
    throw new ReadbackError(
      "invalid-argument",
      "A device has a name, and a certificate for 30 days at most.",
    );
  const uris = urisOf(name);
  const holder = { uris: [uris.person, uris.device], usage: deviceUsage, suite, publicKey };
  return issueFor({ ...holder, domain: domainOf(person), life: { from, until } }, by, tools);
}

/** A revocation service to vouch for. */
export interface NewService extends Life {
  readonly domain: string;
  /** A suite of its signature scheme: that of the conversations. */
  readonly suite: number;
  readonly signaturePublicKey: Uint8Array;
}

/**
 * The certificate of a domain's revocation service, good for 398 days at most. Throws `invalid-argument` where the domain is none
 * or the time is too long, and as {@link issueRoot}.
 */
export function issueService(
  { domain, suite, signaturePublicKey: publicKey, from, until }: NewService,
  by: { readonly certificate: Uint8Array; readonly key: AuthorityKey },
  tools: IssuingTools,
): Uint8Array {
  if (serviceOfUri(serviceUri(domain)) !== domain || until - from > longestServiceLife)
    throw new ReadbackError(
      "invalid-argument",
      "A service has a domain, and a certificate for 398 days at most.",
    );
  const life = { from, until };
  return issueFor(
    { domain, uris: [serviceUri(domain)], usage: serviceUsage, suite, publicKey, life },
    by,
    tools,
  );
}

/** Whom a certificate is for that is no authority's. */
interface Holder extends Pick<CertificateRequest, "suite" | "publicKey" | "life"> {
  readonly domain: string;
  readonly uris: readonly string[];
  /** DER of the extended key usage. */
  readonly usage: Uint8Array;
}

function issueFor(
  { domain, uris, usage, ...holder }: Holder,
  by: { readonly certificate: Uint8Array; readonly key: AuthorityKey },
  tools: IssuingTools,
): Uint8Array {
  const names = uris.map((uri) => new GeneralName({ uniformResourceIdentifier: uri }));
  return issue(
    {
      ...holder,
      subject: nameOf(domain),
      issuer: subjectOf(by.certificate),
      extensions: [
        critical(extensionId.keyUsage, usageOf(keyUsage.digitalSignature)),
        raw(extensionId.extendedKeyUsage, usage),
        raw(extensionId.subjectAltName, derOf(new SubjectAlternativeName(names)), false),
      ],
    },
    by.key,
    tools,
  );
}
