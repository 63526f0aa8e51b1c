import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Certificate as AsnCertificate,
  AttributeTypeAndValue,
  AttributeValue,
  Extension,
  Extensions,
  KeyUsage,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Validity,
} from "@peculiar/asn1-x509";
import type { Random } from "@readback/core";
import { type CryptoProvider, defaultCryptoProvider } from "@readback/core/crypto";
import { fromHex, ReadbackError } from "@readback/core/wire";
import { readCertificate } from "./certificate.ts";
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

/** What a certificate is to say. */
export interface CertificateRequest {
  readonly subject: Name;
  readonly issuer: Name;
  readonly suite: number;
  readonly publicKey: Uint8Array;
  readonly life: Life;
  readonly extensions: readonly Extension[];
}

/** Writes a certificate and signs it. Throws `invalid-argument` or `unsupported-suite`. */
export function issue(request: CertificateRequest, key: AuthorityKey, tools: IssuingTools): Uint8Array {
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

/** A name of one part. */
export function nameOf(text: string): Name {
  const commonName = "2.5.4.3";
  const value = new AttributeValue({ utf8String: text });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])]);
}

/** The name of whoever a certificate is for. */
export function subjectOf(certificate: Uint8Array): Name {
  return AsnConvert.parse(readCertificate(certificate).subject, Name);
}

/** The bits in their shortest form, as DER wants them. */
export function usageOf(bits: number): KeyUsage {
  const usage = new KeyUsage();
  // The first bit is the highest of the first byte.
  const byte = [...Array(8).keys()].reduce((sum, bit) => sum | (((bits >> bit) & 1) << (7 - bit)), 0);
  usage.value = bufferOf(Uint8Array.of(byte));
  usage.unusedBits = [...Array(8).keys()].findIndex((bit) => ((byte >> bit) & 1) === 1);
  return usage;
}

/** An extension that whoever judges has to understand. */
export function critical(id: string, value: unknown): Extension {
  return raw(id, derOf(value));
}

/** An extension of these bytes. */
export function raw(extnID: string, value: Uint8Array, isCritical = true): Extension {
  return new Extension({ extnID, critical: isCritical, extnValue: new OctetString(bufferOf(value)) });
}

/** The encoding. */
export function derOf(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
