import type { Cbor } from "../codec/cbor.ts";
import { ReadbackError } from "../error.ts";
import type { Intention } from "./content.ts";

/** Bytes of a content's salt: it makes ids unguessable and lets the same words be said twice. */
export const saltSize = 16;

/** What an author says along with every message, covered by the author's signature. */
export interface Details {
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  /** The author's device as a URI. */
  readonly sender: string;
  /** The conversation as a URI. */
  readonly room: string;
  /** The last entry of the log that the author's device had processed, and its hash: what the author could have seen. */
  readonly seen: { readonly seq: number; readonly hash: Uint8Array };
  /** How many contents this device has said in this conversation, this one included: a gap shows a loss. */
  readonly deviceCounter: number;
  /** By the clock of the author's device, milliseconds. Advisory. */
  readonly sentAt: number;
}

const intentions: readonly Intention[] = ["fyi", "action", "call", "critical"];
const key = {
  sender: 1,
  room: 2,
  seen: "rb.s",
  deviceCounter: "rb.c",
  sentAt: "rb.t",
  intent: "rb.u",
} as const;
const maximumExtensionSize = 4_096;

/** Details, and the intention where there is one, as MIMI extensions (MIMI content, §4.1; profile RB-1, "Content"). */
export function detailsToExtensions(details: Details, intent?: Intention): Cbor {
  const extensions = new Map<number | string, Cbor>([
    [key.sender, details.sender],
    [key.room, details.room],
    [key.seen, [details.seen.seq, details.seen.hash]],
    [key.deviceCounter, details.deviceCounter],
    [key.sentAt, details.sentAt],
  ]);
  if (intent !== undefined) extensions.set(key.intent, intentions.indexOf(intent));
  return extensions;
}

/** Details from MIMI extensions; unknown extensions are passed over. Throws `malformed`. */
export function extensionsToDetails(extensions: Cbor, salt: Cbor): Details {
  if (!(extensions instanceof Map)) throw malformed();
  for (const [name, value] of extensions) {
    const isLong = (part: Cbor): boolean =>
      (typeof part === "string" || part instanceof Uint8Array) && part.length > maximumExtensionSize;
    if (isLong(name) || isLong(value)) throw malformed();
  }
  const seen = extensions.get(key.seen);
  if (!Array.isArray(seen) || seen.length !== 2) throw malformed();
  return {
    salt: bytesOf(salt, saltSize),
    sender: textOf(extensions.get(key.sender)),
    room: textOf(extensions.get(key.room)),
    seen: { seq: countOf(seen[0]), hash: bytesOf(seen[1], 32) },
    deviceCounter: countOf(extensions.get(key.deviceCounter)),
    sentAt: countOf(extensions.get(key.sentAt)),
  };
}

/** The intention among MIMI extensions. Throws `malformed` where it is missing or unknown. */
export function extensionsToIntention(extensions: Cbor): Intention {
  const intention = extensions instanceof Map ? intentions[countOf(extensions.get(key.intent))] : undefined;
  if (intention === undefined) throw malformed();
  return intention;
}

/** A whole number that is not negative. Throws `malformed`. */
export function countOf(value: Cbor | undefined): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw malformed();
  return value;
}

/** Bytes of exactly this length. Throws `malformed`. */
export function bytesOf(value: Cbor | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw malformed();
  return value;
}

/** A text. Throws `malformed`. */
export function textOf(value: Cbor | undefined): string {
  if (typeof value !== "string") throw malformed();
  return value;
}

/** The items of an array of exactly this length. Throws `malformed`. */
export function itemsOf(value: Cbor, length: number): readonly Cbor[] {
  if (!Array.isArray(value) || value.length !== length) throw malformed();
  return value as readonly Cbor[];
}

function malformed(): ReadbackError {
  return new ReadbackError("malformed", "Content does not have the form of its media type.");
}
