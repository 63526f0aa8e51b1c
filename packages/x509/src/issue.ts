import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Certificate as AsnCertificate,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  KeyUsage,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Validity,
} from "@peculiar/asn1-x509";
import type { DeviceName, Random } from "@readback/core";
import { type CryptoProvider, defaultCryptoProvider } from "@readback/core/crypto";
import { isDevice, isPerson } from "@readback/core/log";
import { fromHex, ReadbackError } from "@readback/core/wire";
import { readCertificate } from "./certificate.ts";
import { domainOf, urisOf } from "./device-uri.ts";
import { deviceUsage, extensionId, keyUsage, longestLife } from "./profile.ts";
import { type KeyScheme, schemeOfSuite, signatureOf } from "./schemes.ts";

/** For how long a certificate is good: milliseconds since 1970, in whole seconds; from the first to the second, both included. */
export interface Life {
  readonly from: number;
  readonly until: number;
}

/** A key to sign certificates with. */
export interface AuthorityKey {
  /** A cipher suite of its signature scheme: of P-256 (2), P-384 (7) or Ed25519 (1). */
  readonly suite: number;
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** What it takes to issue. */
export interface IssuingTools {
  readonly random: Random;
  readonly crypto?: CryptoProvider;
}

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
  const names = [uris.person, uris.device].map((uri) => new GeneralName({ uniformResourceIdentifier: uri }));
  return issue(
    {
      subject: nameOf(domainOf(person)),
      issuer: subjectOf(by.certificate),
      suite,
      publicKey,
      life: { from, until },
      extensions: [
        critical(extensionId.keyUsage, usageOf(keyUsage.digitalSignature)),
        raw(extensionId.extendedKeyUsage, deviceUsage),
        raw(extensionId.subjectAltName, derOf(new SubjectAlternativeName(names)), false),
      ],
    },
    by.key,
    tools,
  );
}

interface Request {
  readonly subject: Name;
  readonly issuer: Name;
  readonly suite: number;
  readonly publicKey: Uint8Array;
  readonly life: Life;
  readonly extensions: readonly Extension[];
}

function issue(request: Request, key: AuthorityKey, tools: IssuingTools): Uint8Array {
  const { crypto = defaultCryptoProvider(), random } = tools;
  const [scheme, signing] = [schemeOf(crypto, request.suite), schemeOf(crypto, key.suite)];
  if (!signatureOf(crypto, scheme).isPublicKey(request.publicKey))
    throw new ReadbackError("invalid-argument", "A public key to certify is none.");
  const signature = new AlgorithmIdentifier({ algorithm: signing.signatureAlgorithm });
  const tbsCertificate = new TBSCertificate({
    version: 2,
    serialNumber: serial(random),
    signature,
    issuer: request.issuer,
    validity: validityOf(request.life),
    subject: request.subject,
    subjectPublicKeyInfo: keyInfo(scheme, request.publicKey),
    extensions: new Extensions([...request.extensions]),
  });
  const signed = signatureOf(crypto, signing).sign(key.privateKey, derOf(tbsCertificate));
  return derOf(
    new AsnCertificate({ tbsCertificate, signatureAlgorithm: signature, signatureValue: bufferOf(signed) }),
  );
}

function schemeOf(crypto: CryptoProvider, suite: number): KeyScheme {
  const scheme = schemeOfSuite(crypto, suite);
  if (scheme === undefined)
    throw new ReadbackError("unsupported-suite", "Certificates do not have keys of this suite.");
  return scheme;
}

function keyInfo({ keyAlgorithm, parameters }: KeyScheme, key: Uint8Array): SubjectPublicKeyInfo {
  const algorithm = new AlgorithmIdentifier({ algorithm: keyAlgorithm });
  if (parameters !== undefined) algorithm.parameters = bufferOf(fromHex(parameters));
  return new SubjectPublicKeyInfo({ algorithm, subjectPublicKey: bufferOf(key) });
}

/** 16 random bytes, as a positive number without a zero in front (RFC 5280 §4.1.2.2). */
function serial(random: Random): ArrayBuffer {
  const bytes = random(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bufferOf(bytes);
}

function validityOf({ from, until }: Life): Validity {
  const [notBefore, notAfter] = [from, until].map((at) => new Date(Math.floor(at / 1_000) * 1_000));
  if (notBefore === undefined || notAfter === undefined || !(notBefore < notAfter))
    throw new ReadbackError("invalid-argument", "A certificate ends after it begins.");
  const validity = new Validity();
  validity.notBefore = new Time(notBefore);
  validity.notAfter = new Time(notAfter);
  return validity;
}

function nameOf(text: string): Name {
  const commonName = "2.5.4.3";
  const value = new AttributeValue({ utf8String: text });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])]);
}

function subjectOf(certificate: Uint8Array): Name {
  return AsnConvert.parse(readCertificate(certificate).subject, Name);
}

/** The bits in their shortest form, as DER wants them. */
function usageOf(bits: number): KeyUsage {
  const usage = new KeyUsage();
  // The first bit is the highest of the first byte.
  const byte = [...Array(8).keys()].reduce((sum, bit) => sum | (((bits >> bit) & 1) << (7 - bit)), 0);
  usage.value = bufferOf(Uint8Array.of(byte));
  usage.unusedBits = [...Array(8).keys()].findIndex((bit) => ((byte >> bit) & 1) === 1);
  return usage;
}

function critical(id: string, value: unknown): Extension {
  return raw(id, derOf(value));
}

function raw(extnID: string, value: Uint8Array, isCritical = true): Extension {
  return new Extension({ extnID, critical: isCritical, extnValue: new OctetString(bufferOf(value)) });
}

function derOf(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
