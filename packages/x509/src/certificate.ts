import { AsnConvert } from "@peculiar/asn1-schema";
import {
  Certificate as AsnCertificate,
  BasicConstraints,
  type Extension,
  KeyUsage,
  NameConstraints,
  SubjectAlternativeName,
  type Time,
} from "@peculiar/asn1-x509";
import { ReadbackError, sameBytes } from "@readback/core/wire";
import { type UriConstraints, uriConstraints } from "./name-constraints.ts";
import { deviceUsage, extensionId, largestCertificate, serviceUsage } from "./profile.ts";
import { type KeyScheme, schemeOfKey, schemeOfSignature } from "./schemes.ts";

/** 2050-01-01T00:00:00Z. */
const firstLongTime = 2_524_608_000_000;

/** What a certificate says (RFC 5280 §4.1), as far as it matters here. Nothing of it is verified. */
export interface Certificate {
  readonly bytes: Uint8Array;
  /** The part that is signed. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly signatureScheme: KeyScheme;
  /** Distinguished names in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970: good from the first to right before the second. */
  readonly from: number;
  readonly until: number;
  readonly key: Uint8Array;
  readonly keyScheme: KeyScheme;
  /** How many authorities may follow where this is an authority's (RFC 5280 §4.2.1.9); `undefined` where it is a device's. */
  readonly pathLength: number | undefined;
  /** Bits of the key usage. */
  readonly usage: number;
  /** What it is bound to, and nothing else: an authority that is issues for that only. `undefined`: to no use. */
  readonly purpose: "device" | "service" | "other" | undefined;
  /** The URIs that it names; `undefined` where it names anything else besides. */
  readonly uris: readonly string[] | undefined;
  readonly constraints: UriConstraints | undefined;
}

/**
 * Reads a certificate. Throws `malformed` where it is not DER, is over 8 KiB, uses other keys or signatures than ECDSA on
 * P-256 or P-384 or Ed25519, or has a critical extension that is not understood.
 */
export function readCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > largestCertificate) throw malformed("It is larger than 8 KiB.");
  const { tbsCertificate: tbs, signatureAlgorithm, signatureValue } = parseExactly(bytes, AsnCertificate);
  const [signatureScheme, keyScheme] = [
    schemeOfSignature(signatureAlgorithm),
    schemeOfKey(tbs.subjectPublicKeyInfo.algorithm),
  ];
  if (signatureScheme === undefined || !sameBytes(derOf(signatureAlgorithm), derOf(tbs.signature)))
    throw malformed("Its signature is of another kind.");
  if (keyScheme === undefined) throw malformed("Its key is of another kind.");
  if (tbs.version !== 2) throw malformed("It is not of version 3.");
  if (!isSerial(new Uint8Array(tbs.serialNumber))) throw malformed("It has no serial number.");
  const extensions = extensionsOf(tbs.extensions ?? []);
  const purpose = extensions.get(extensionId.extendedKeyUsage);
  const read = <T>(id: string, kind: new () => T): T | undefined => {
    const found = extensions.get(id);
    return found && parseExactly(found, kind);
  };
  const basic = read(extensionId.basicConstraints, BasicConstraints);
  const names = read(extensionId.subjectAltName, SubjectAlternativeName);
  const constraints = read(extensionId.nameConstraints, NameConstraints);
  return {
    bytes,
    signed: signedPart(bytes, tbs),
    signature: new Uint8Array(signatureValue),
    signatureScheme,
    issuer: derOf(tbs.issuer),
    subject: derOf(tbs.subject),
    from: timeOf(tbs.validity.notBefore),
    // The last second counts (RFC 5280 §4.1.2.5).
    until: timeOf(tbs.validity.notAfter) + 1_000,
    key: new Uint8Array(tbs.subjectPublicKeyInfo.subjectPublicKey),
    keyScheme,
    pathLength: basic?.cA === true ? (basic.pathLenConstraint ?? Number.POSITIVE_INFINITY) : undefined,
    usage: read(extensionId.keyUsage, KeyUsage)?.toNumber() ?? 0,
    purpose: purpose && purposeOf(purpose),
    uris: names?.every((name) => name.uniformResourceIdentifier !== undefined)
      ? names.map((name) => name.uniformResourceIdentifier as string)
      : undefined,
    constraints: constraints && uriConstraints(constraints),
  };
}

function purposeOf(usage: Uint8Array): Certificate["purpose"] {
  if (sameBytes(usage, deviceUsage)) return "device";
  return sameBytes(usage, serviceUsage) ? "service" : "other";
}

/** Every extension once, and none that is critical and not understood (RFC 5280 §4.2). */
function extensionsOf(list: readonly Extension[]): Map<string, Uint8Array> {
  const known: readonly string[] = Object.values(extensionId);
  const found = new Map<string, Uint8Array>();
  for (const { extnID, critical, extnValue } of list) {
    if (found.has(extnID)) throw malformed("It has an extension twice.");
    if (critical && !known.includes(extnID))
      throw malformed("It has a critical extension that is not understood.");
    found.set(extnID, new Uint8Array(extnValue.buffer));
  }
  return found;
}

/** A positive number of at most 20 bytes (RFC 5280 §4.1.2.2), in its shortest form. */
function isSerial(bytes: Uint8Array): boolean {
  const [first = 0x80, second = 0] = bytes;
  const isShort = first !== 0 || second >= 0x80;
  return bytes.length <= 20 && first < 0x80 && isShort;
}

/** The bytes that the issuer has signed. */
function signedPart(bytes: Uint8Array, tbs: AsnCertificate["tbsCertificate"]): Uint8Array {
  const encoded = derOf(tbs);
  // It comes right after the header of the whole, which is 2 to 4 bytes long.
  const isThere = [2, 3, 4].some((at) => sameBytes(bytes.subarray(at, at + encoded.length), encoded));
  if (!isThere) throw malformed("It is not DER.");
  return encoded;
}

/** Decodes what is DER, in its one right form. The decoder takes BER too: what it would write otherwise is refused. */
function parseExactly<T>(bytes: Uint8Array, kind: new () => T): T {
  let parsed: T;
  let written: Uint8Array;
  try {
    parsed = AsnConvert.parse(new Uint8Array(bytes), kind);
    written = derOf(parsed);
  } catch (cause) {
    throw malformed("It cannot be read.", cause);
  }
  if (!sameBytes(written, bytes)) throw malformed("It is not DER.");
  return parsed;
}

function derOf(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

function timeOf({ utcTime, generalTime }: Time): number {
  const time = (utcTime ?? generalTime)?.getTime() ?? Number.NaN;
  // Whole seconds, and in the longer form only what does not fit into the shorter one (RFC 5280 §4.1.2.5).
  if (time % 1_000 !== 0 || (utcTime === undefined && time < firstLongTime))
    throw malformed("It has no time.");
  return time;
}

function malformed(message: string, cause?: unknown): ReadbackError {
  return new ReadbackError("malformed", `A certificate is not right. ${message}`, { cause });
}
