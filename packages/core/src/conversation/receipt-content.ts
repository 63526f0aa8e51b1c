import { decodeCbor, encodeCbor } from "../codec/cbor.ts";
import { readSeen, type Seen, writeSeen } from "./content-details.ts";
import {
  arrayOf,
  ascendingBelow,
  broken,
  type FieldCode,
  maximumNumbers,
  naturalFrom,
} from "./content-field.ts";
import { maximumContentSize } from "./media-framing.ts";

/** What a device says by itself: `stored`, it is durable there; `displayed`, it was shown to the person. */
export type ReceiptLevel = "stored" | "displayed";

/** A device's word on everything up to one entry: as small for a thousand messages as for one. */
export interface ReceiptContent {
  readonly type: "receipt";
  readonly level: ReceiptLevel;
  /** The last entry it speaks of, at most `seen.seq`. */
  readonly upTo: number;
  /** The log that the device holds: a relay that tells the device another history than us is found out by it. */
  readonly seen: Seen;
  /** Entries before `upTo` it does not speak of, since the device could not read them. Ascending, at most 256. */
  readonly exceptions: readonly number[];
}

/** The media type of a receipt (profile RB-1). */
export const receiptType = "application/vnd.readback.status+cbor";

/** Exceptions of one receipt at most. */
export const maximumExceptions = maximumNumbers;

const levels: readonly ReceiptLevel[] = ["stored", "displayed"];
const maximumDepth = 2;

/** Encodes a receipt: level (1 stored, 2 displayed), up to, seen, exceptions. Throws `invalid-argument`, or `too-large` over 256 exceptions. */
export function encodeReceipt({ level, upTo, seen, exceptions }: ReceiptContent): Uint8Array {
  const code = "invalid-argument";
  const last = checkUpTo(naturalFrom(1, upTo, code), seen, code);
  const number = naturalFrom(1, levels.indexOf(level) + 1, code);
  return encodeCbor([number, last, writeSeen(seen), ascendingBelow(last, exceptions, code)]);
}

/** Decodes a receipt. Throws `malformed`, and `too-large` over 256 exceptions. */
export function decodeReceipt(bytes: Uint8Array): ReceiptContent {
  const document = decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth });
  const [number, last, encodedSeen, list] = arrayOf(document, 4);
  const code = "malformed";
  const level = levels[naturalFrom(1, number, code) - 1];
  if (level === undefined) throw broken(code);
  const seen = readSeen(encodedSeen);
  const upTo = checkUpTo(naturalFrom(1, last, code), seen, code);
  return { type: "receipt", level, upTo, seen, exceptions: ascendingBelow(upTo, list, code) };
}

function checkUpTo(upTo: number, seen: Seen, code: FieldCode): number {
  if (upTo > seen.seq) throw broken(code);
  return upTo;
}
