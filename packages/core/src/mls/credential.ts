import { sameBytes } from "../codec/bytes.ts";
import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { mostCertificates } from "./limits.ts";

/** Who a member claims to be (RFC 9420 §5.3). Whether that is true is for a {@link CredentialValidator} to say. */
export type Credential =
  /** A bare claim; the application gives `identity` its form. */
  | { readonly type: "basic"; readonly identity: Uint8Array }
  /** DER certificates, the member's own first. */
  | { readonly type: "x509"; readonly certificates: readonly Uint8Array[] }
  /** A type this library does not know, carried as it came: `code` is the IANA number. */
  | { readonly type: "unknown"; readonly code: number; readonly data: Uint8Array };

/** IANA numbers of the credential types that are known (RFC 9420 §17.5). */
export const credentialTypes = { basic: 1, x509: 2 } as const;

/**
 * The Authentication Service of RFC 9420 §5.3.1, brought by the application. Both answers must depend on nothing but
 * the arguments, or members would disagree on which commits are valid.
 */
export interface CredentialValidator {
  /**
   * Whether the credential is good and belongs to the holder of `signaturePublicKey`.
   * `at` is the time to judge expiry by, in milliseconds; without it expiry does not count.
   */
  isValid(claim: {
    readonly credential: Credential;
    readonly signaturePublicKey: Uint8Array;
    readonly at?: number;
  }): boolean;
  /** Whether a member may replace credential `before` by `after`. Absent: whenever `after` is valid. */
  isSuccessor?(before: Credential, after: Credential): boolean;
  /** As `isValid`, of somebody whom a group takes proposals of without being a member (RFC 9420 §12.1.8). Absent: `isValid` says. */
  isValidExternalSender?(claim: {
    readonly credential: Credential;
    readonly signaturePublicKey: Uint8Array;
    readonly at?: number;
  }): boolean;
}

/** The IANA number of a credential's type. */
export function credentialTypeOf(credential: Credential): number {
  return credential.type === "unknown" ? credential.code : credentialTypes[credential.type];
}

/** Whether two credentials are the same, byte for byte. */
export function isSameCredential(a: Credential, b: Credential): boolean {
  if (a === b) return true;
  if (a.type === "basic") return b.type === "basic" && sameBytes(a.identity, b.identity);
  if (a.type === "unknown") return b.type === "unknown" && a.code === b.code && sameBytes(a.data, b.data);
  if (b.type !== "x509" || a.certificates.length !== b.certificates.length) return false;
  return a.certificates.every((one, i) => sameBytes(one, b.certificates[i] ?? new Uint8Array()));
}

/** Encodes a credential. */
export function writeCredential(writer: Writer, credential: Credential): void {
  writer.u16(credentialTypeOf(credential));
  if (credential.type === "basic") writer.bytes(credential.identity);
  else if (credential.type === "x509") writer.list(credential.certificates, (w, one) => w.bytes(one));
  else writer.bytes(credential.data);
}

/**
 * Decodes a credential. One of an unknown type is taken to be a vector, as both types of the RFC are.
 * Throws `malformed` or `too-large`.
 */
export function readCredential(reader: Reader): Credential {
  const code = reader.u16();
  if (code === credentialTypes.basic) return { type: "basic", identity: reader.bytes() };
  if (code === credentialTypes.x509) {
    return { type: "x509", certificates: reader.list((r) => r.bytes(), mostCertificates) };
  }
  return { type: "unknown", code, data: reader.bytes() };
}
