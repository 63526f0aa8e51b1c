import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { mostCapabilities } from "./limits.ts";

/**
 * What a client supports, as lists of IANA numbers (RFC 9420 §7.2). Unknown numbers are kept and mean nothing.
 * Proposal types 1 to 7 and extension types 1 to 5 are supported by everybody and must not be listed.
 */
export interface Capabilities {
  readonly versions: readonly number[];
  readonly cipherSuites: readonly number[];
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

/** What a group requires of its members beyond the defaults (RFC 9420 §11.1), as lists of IANA numbers. */
export interface RequiredCapabilities {
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

/** Whether every client supports this extension type without listing it (RFC 9420 §7.2). */
export function isDefaultExtension(type: number): boolean {
  return type >= 1 && type <= 5;
}

/** Whether every client supports this proposal type without listing it (RFC 9420 §7.2). */
export function isDefaultProposal(type: number): boolean {
  return type >= 1 && type <= 7;
}

/** Whether a client with these capabilities supports an extension type, by default or because it says so. */
export function supportsExtension(capabilities: Capabilities, type: number): boolean {
  return isDefaultExtension(type) || capabilities.extensions.includes(type);
}

/** Whether a client with these capabilities supports a proposal type, by default or because it says so. */
export function supportsProposal(capabilities: Capabilities, type: number): boolean {
  return isDefaultProposal(type) || capabilities.proposals.includes(type);
}

/** Whether a client with these capabilities meets what a group requires (RFC 9420 §7.3). */
export function meetsRequirements(capabilities: Capabilities, required: RequiredCapabilities): boolean {
  return (
    required.extensions.every((type) => supportsExtension(capabilities, type)) &&
    required.proposals.every((type) => supportsProposal(capabilities, type)) &&
    required.credentials.every((type) => capabilities.credentials.includes(type))
  );
}

/** Encodes capabilities. */
export function writeCapabilities(writer: Writer, capabilities: Capabilities): void {
  writeTypes(writer, capabilities.versions);
  writeTypes(writer, capabilities.cipherSuites);
  writeRequirements(writer, capabilities);
}

/** Decodes capabilities. Throws `malformed` or `too-large`. */
export function readCapabilities(reader: Reader): Capabilities {
  const versions = readTypes(reader);
  const cipherSuites = readTypes(reader);
  return { versions, cipherSuites, ...readRequirements(reader) };
}

/** Encodes required capabilities. */
export function writeRequirements(writer: Writer, required: RequiredCapabilities): void {
  writeTypes(writer, required.extensions);
  writeTypes(writer, required.proposals);
  writeTypes(writer, required.credentials);
}

/** Decodes required capabilities. Throws `malformed` or `too-large`. */
export function readRequirements(reader: Reader): RequiredCapabilities {
  return { extensions: readTypes(reader), proposals: readTypes(reader), credentials: readTypes(reader) };
}

function writeTypes(writer: Writer, types: readonly number[]): void {
  writer.list(types, (w, type) => w.u16(type));
}

function readTypes(reader: Reader): number[] {
  return reader.list((r) => r.u16(), mostCapabilities);
}
