import { type CborValue, decodeCbor, encodeCbor } from "../codec/cbor.ts";
import { ReadbackError } from "../error.ts";
import { readSeen, type Seen, writeSeen } from "./content-details.ts";
import { arrayOf, broken, type FieldCode, naturalFrom } from "./content-field.ts";
import { maximumContentSize } from "./media-framing.ts";

/**
 * Why a device cannot read an entry. `undecryptable`: it has no key that opens it. `not-understood`: it opens, and breaks
 * the rules of its kind. `missing`: the relay has not handed out what was said. `missed`: the device had lost its place in
 * the group then, and has a new one since.
 */
export type FaultReason = "undecryptable" | "not-understood" | "missing" | "missed";

/** An entry that a device cannot read, or all that it has missed from one entry to another. */
export interface Fault {
  /** The last one, and the first: the same but where `reason` is `missed`. */
  readonly seq: number;
  readonly from: number;
  readonly reason: FaultReason;
  /** The leaf that has sent it, as far as the device can tell; nobody else can send it again. */
  readonly leaf: number | undefined;
}

/** A device's word on what it cannot read: not silence, and not a receipt. */
export interface FaultContent {
  readonly type: "fault";
  readonly seen: Seen;
  /** Ascending by place, at most 32, none beyond `seen`. */
  readonly faults: readonly Fault[];
}

/** The media type of a device's word on what it cannot read (profile RB-1). */
export const faultType = "application/vnd.readback.fault+cbor";

/** Entries that one content names at most. */
export const maximumFaults = 32;

/** In the order of their numbers (profile RB-1). */
export const faultReasons: readonly FaultReason[] = ["undecryptable", "not-understood", "missing", "missed"];

const maximumDepth = 3;

/** Encodes a word on what cannot be read: seen, then place, reason and leaf or null of each, or the first place of what was missed. Throws `invalid-argument` and `too-large`. */
export function encodeFaults({ seen, faults }: FaultContent): Uint8Array {
  const list = faults.map(({ seq, from, reason, leaf }) => {
    return [seq, faultReasons.indexOf(reason), reason === "missed" ? from : (leaf ?? null)];
  });
  readFaults(list, seen, "invalid-argument");
  return encodeCbor([writeSeen(seen), list]);
}

/** Decodes a word on what cannot be read; `undefined` where a reason is one that this version does not know. Throws `malformed` and `too-large`. */
export function decodeFaults(bytes: Uint8Array): FaultContent | undefined {
  const document = decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth });
  const [encodedSeen, list] = arrayOf(document, 2);
  const seen = readSeen(encodedSeen);
  const faults = readFaults(list, seen, "malformed");
  return faults && { type: "fault", seen, faults };
}

function readFaults(list: CborValue | undefined, seen: Seen, code: FieldCode): Fault[] | undefined {
  if (!Array.isArray(list) || list.length === 0) throw broken(code);
  if (list.length > maximumFaults) throw new ReadbackError("too-large", "Over 32 entries are named at once.");
  let before = 0;
  const faults: (Omit<Fault, "reason"> & { readonly reason: FaultReason | undefined })[] = list.map(
    (item) => {
      const [place, number, about] = arrayOf(item, 3);
      const least = before + 1;
      const seq = naturalFrom(least, place, code);
      if (seq > seen.seq) throw broken(code);
      before = seq;
      const reason = faultReasons[naturalFrom(0, number, code)];
      if (reason !== "missed")
        return { seq, from: seq, reason, leaf: about === null ? undefined : naturalFrom(0, about, code) };
      const from = naturalFrom(least, about, code);
      if (from > seq) throw broken(code);
      return { seq, from, reason, leaf: undefined };
    },
  );
  return faults.every((fault): fault is Fault => fault.reason !== undefined) ? faults : undefined;
}
