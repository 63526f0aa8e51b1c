import { sameBytes } from "../codec/bytes.ts";
import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { componentIds } from "./app-component.ts";
import { type RequiredCapabilities, readRequirements, writeRequirements } from "./capabilities.ts";
import { type Credential, isSameCredential, readCredential, writeCredential } from "./credential.ts";
import { mostExtensions } from "./limits.ts";
import { refusal } from "./rule.ts";

/** An extension as it is carried (RFC 9420 §7.2): unknown types pass through untouched. */
export interface Extension {
  /** The IANA number. */
  readonly type: number;
  /** The encoded content. */
  readonly data: Uint8Array;
}

/** Somebody outside of the group who may send proposals to it (RFC 9420 §12.1.8.1). */
export interface ExternalSender {
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
}

/** Whether two external senders are the same, byte for byte. */
export function isSameSender(a: ExternalSender, b: ExternalSender): boolean {
  return sameBytes(a.signatureKey, b.signatureKey) && isSameCredential(a.credential, b.credential);
}

/** IANA numbers of the extension types that are known (RFC 9420 §17.3 and draft-ietf-mls-extensions). */
export const extensionTypes = {
  applicationId: 1,
  ratchetTree: 2,
  requiredCapabilities: 3,
  externalPub: 4,
  externalSenders: 5,
  appDataDictionary: 6,
  lastResort: 10,
} as const;

/** Encodes a list of extensions. */
export function writeExtensions(writer: Writer, extensions: readonly Extension[]): void {
  writer.list(extensions, (w, { type, data }) => w.u16(type).bytes(data));
}

/**
 * Decodes a list of extensions. Throws `mls-extension-duplicate` where a type comes twice (RFC 9420 §13.4),
 * `malformed` or `too-large`.
 */
export function readExtensions(reader: Reader): Extension[] {
  const extensions = reader.list((r): Extension => ({ type: r.u16(), data: r.bytes() }), mostExtensions);
  if (new Set(extensions.map(({ type }) => type)).size !== extensions.length) {
    throw refusal("mls-extension-duplicate");
  }
  return extensions;
}

/** The encoded content of the extension of a type, or `undefined` where there is none. */
export function extensionData(extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find((extension) => extension.type === type)?.data;
}

/** The `application_id` of a leaf (RFC 9420 §5.3.3), which nobody vouches for. Throws `malformed`. */
export function readApplicationId(extensions: readonly Extension[]): Uint8Array | undefined {
  return content(extensions, extensionTypes.applicationId, (reader) => reader.bytes());
}

/** The `application_id` extension. */
export function writeApplicationId(applicationId: Uint8Array): Extension {
  return extension(extensionTypes.applicationId, (writer) => writer.bytes(applicationId));
}

/** What a group requires of its members (RFC 9420 §11.1), if anything. Throws `malformed` or `too-large`. */
export function readRequiredCapabilities(extensions: readonly Extension[]): RequiredCapabilities | undefined {
  return content(extensions, extensionTypes.requiredCapabilities, readRequirements);
}

/** The `required_capabilities` extension. */
export function writeRequiredCapabilities(required: RequiredCapabilities): Extension {
  return extension(extensionTypes.requiredCapabilities, (writer) => writeRequirements(writer, required));
}

/** The public key for external commits that a GroupInfo carries (RFC 9420 §12.4.3.2). Throws `malformed`. */
export function readExternalPub(extensions: readonly Extension[]): Uint8Array | undefined {
  return content(extensions, extensionTypes.externalPub, (reader) => reader.bytes());
}

/** The `external_pub` extension. */
export function writeExternalPub(publicKey: Uint8Array): Extension {
  return extension(extensionTypes.externalPub, (writer) => writer.bytes(publicKey));
}

/** Who may send proposals from outside (RFC 9420 §12.1.8.1). Throws `malformed` or `too-large`. */
export function readExternalSenders(extensions: readonly Extension[]): ExternalSender[] | undefined {
  return content(extensions, extensionTypes.externalSenders, (reader) =>
    reader.list(
      (r): ExternalSender => ({ signatureKey: r.bytes(), credential: readCredential(r) }),
      mostExtensions,
    ),
  );
}

/** The `external_senders` extension. */
export function writeExternalSenders(senders: readonly ExternalSender[]): Extension {
  return extension(extensionTypes.externalSenders, (writer) =>
    writer.list(senders, (w, { signatureKey, credential }) => {
      w.bytes(signatureKey);
      writeCredential(w, credential);
    }),
  );
}

/**
 * Data of applications by component id (draft-ietf-mls-extensions, `app_data_dictionary`).
 * Throws `malformed` where ids are not in ascending order, and `too-large`.
 */
export function readAppDataDictionary(
  extensions: readonly Extension[],
): ReadonlyMap<number, Uint8Array> | undefined {
  return content(extensions, extensionTypes.appDataDictionary, readComponents);
}

/** The `app_data_dictionary` extension. Ids are unsigned integers of two bytes; the order of the map is of no matter. */
export function writeAppDataDictionary(dictionary: ReadonlyMap<number, Uint8Array>): Extension {
  return extension(extensionTypes.appDataDictionary, (writer) => writeComponents(writer, dictionary));
}

/** Encodes data by component id, as dictionaries and SafeAAD hold it. */
export function writeComponents(writer: Writer, components: ReadonlyMap<number, Uint8Array>): void {
  const sorted = [...components].sort(([a], [b]) => a - b);
  writer.list(sorted, (w, [component, data]) => w.u16(component).bytes(data));
}

/** Decodes data by component id. Throws `malformed` where ids are not in ascending order, and `too-large`. */
export function readComponents(reader: Reader): ReadonlyMap<number, Uint8Array> {
  const components = new Map<number, Uint8Array>();
  let last = -1;
  reader.list((r) => {
    const component = r.u16();
    if (component <= last) throw new ReadbackError("malformed", "Components are not in ascending order.");
    last = component;
    components.set(component, r.bytes());
  }, mostExtensions);
  return components;
}

/**
 * Whether a key package may be used when there is no other left: it says so by the `last_resort` extension of earlier
 * drafts, which is the one that implementations know, or by the component that has replaced it
 * (draft-ietf-mls-extensions §6.4). Throws `malformed` or `too-large`.
 */
export function isLastResort(extensions: readonly Extension[]): boolean {
  return (
    content(extensions, extensionTypes.lastResort, () => true) ??
    readAppDataDictionary(extensions)?.has(componentIds.lastResortKeyPackage) ??
    false
  );
}

/** The `last_resort` extension of a key package; it has no content. */
export function lastResortExtension(): Extension {
  return { type: extensionTypes.lastResort, data: new Uint8Array(0) };
}

function content<T>(extensions: readonly Extension[], type: number, read: (r: Reader) => T): T | undefined {
  const data = extensionData(extensions, type);
  return data === undefined ? undefined : decode(read, data);
}

function extension(type: number, write: (writer: Writer) => void): Extension {
  return { type, data: encode(write, undefined) };
}
