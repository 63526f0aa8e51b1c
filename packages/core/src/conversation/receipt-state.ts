import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { readName, writeName } from "../wire/name.ts";
import { type DeviceName, fullName } from "./identity.ts";
import { maximumExceptions, type ReceiptLevel } from "./receipt-content.ts";
import {
  areExceptions,
  beforeFirstAdded,
  includesWatermark,
  joinWatermarks,
  readWatermark,
  type Watermark,
  writeWatermark,
} from "./watermark.ts";

export type { ReceiptLevel } from "./receipt-content.ts";
export { covers, type Watermark } from "./watermark.ts";

/**
 * One stay of a device in a conversation. A device that was removed and added again is another membership: what it says
 * then covers nothing that was sent before it came back.
 */
export interface Membership extends DeviceName {
  /** The entry that added it; 0 where it was there before the log's first entry. */
  readonly since: number;
}

/** What one device has said. What is displayed is stored, so `stored` always includes `displayed`. */
export interface DeviceReceipts extends Membership {
  readonly stored: Watermark;
  readonly displayed: Watermark | undefined;
}

/**
 * What all devices of one conversation have said of its log. Immutable, and as large as the number of devices, not of
 * messages. Acknowledgements are not in it: they are kept with the message that they are about.
 */
export interface ReceiptState {
  /** By membership; only {@link applyReport} and {@link reportOf} know the form of the keys. */
  readonly devices: ReadonlyMap<string, DeviceReceipts>;
}

/** A receipt that took its place in the log. */
export interface Report {
  /** The device that signed it. */
  readonly device: DeviceName;
  /** The entry that added this device. */
  readonly since: number;
  readonly level: ReceiptLevel;
  readonly upTo: number;
  readonly exceptions: readonly number[];
  /** The last entry that the device can speak of: the one before the receipt's own, or an earlier one. */
  readonly head: number;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
}

/** Why a report counts for nothing. Its author is a member, so this is a fault worth telling, not noise. */
export type ReportRefusal =
  /** It speaks of entries that the log does not have yet. */
  | "beyond-head"
  /** All it speaks of was there before the device was, which cannot read that. */
  | "before-joining"
  /** Its exceptions are not ascending, not before `upTo` or more than 256. */
  | "wrong-exceptions";

/** What a report has changed. */
export type ReportOutcome =
  /** `state` knows more: of entries after `from` and up to `to`, and of no others. */
  | { readonly type: "raised"; readonly state: ReceiptState; readonly from: number; readonly to: number }
  /** It says what was known. */
  | { readonly type: "unchanged" }
  | { readonly type: "refused"; readonly reason: ReportRefusal };

/** The state of a conversation in which nothing was reported. */
export const emptyReceiptState: ReceiptState = { devices: new Map() };

/** Adds a report. Nothing that was said is ever taken back: reports in any order lead to the same watermarks. */
export function applyReport(state: ReceiptState, report: Report): ReportOutcome {
  const reason = refusalOf(report);
  if (reason !== undefined) return { type: "refused", reason };
  const { device, since, level, upTo, exceptions, at } = report;
  const key = keyOf(device, since);
  const old = state.devices.get(key);
  const mark: Watermark = { upTo, exceptions: [...exceptions], at };
  const stored = joinWatermarks(old?.stored, mark);
  const displayed = level === "displayed" ? joinWatermarks(old?.displayed, mark) : old?.displayed;
  const [before, after] = level === "displayed" ? [old?.displayed, displayed] : [old?.stored, stored];
  if (after === undefined || after === before) return { type: "unchanged" };
  const next: DeviceReceipts = { person: device.person, device: device.device, since, stored, displayed };
  const from = Math.max(beforeFirstAdded(before, after), since - 1, 0);
  return { type: "raised", state: { devices: new Map(state.devices).set(key, next) }, from, to: upTo };
}

/** What a device has said at a level during one stay, or `undefined` where it has said nothing. */
export function reportOf(
  state: ReceiptState,
  member: Membership,
  level: ReceiptLevel,
): Watermark | undefined {
  return state.devices.get(keyOf(member, member.since))?.[level];
}

/** The bytes of a state, for storage. */
export function encodeReceiptState(state: ReceiptState): Uint8Array {
  return encode((writer: Writer) => writer.u8(1).list(state.devices.values(), writeDevice), undefined);
}

/** A state from its bytes. Throws `malformed` where they are not what {@link encodeReceiptState} writes. */
export function decodeReceiptState(bytes: Uint8Array): ReceiptState {
  return decode((reader) => {
    if (reader.u8() !== 1) throw malformed();
    const list = reader.list(readDevice);
    const devices = new Map(list.map((device) => [keyOf(device, device.since), device]));
    if (devices.size !== list.length) throw malformed();
    return { devices };
  }, bytes);
}

function refusalOf({ since, upTo, exceptions, head }: Report): ReportRefusal | undefined {
  if (upTo > head) return "beyond-head";
  if (upTo < Math.max(since, 1)) return "before-joining";
  const areGood = exceptions.length <= maximumExceptions && areExceptions(exceptions, upTo);
  return areGood ? undefined : "wrong-exceptions";
}

function writeDevice(writer: Writer, { person, device, since, stored, displayed }: DeviceReceipts): void {
  writeName(writer, person);
  writeName(writer, device);
  writer.safe(since).optional(displayed, writeWatermark);
  writeWatermark(writer, stored);
}

function readDevice(reader: Reader): DeviceReceipts {
  const name = { person: readName(reader), device: readName(reader), since: reader.safe() };
  const displayed = reader.optional(readWatermark);
  const stored = readWatermark(reader);
  if (displayed !== undefined && !includesWatermark(stored, displayed)) throw malformed();
  return { ...name, stored, displayed };
}

function keyOf(device: DeviceName, since: number): string {
  return `${since}/${fullName(device)}`;
}

function malformed(): ReadbackError {
  return new ReadbackError("malformed", "Stored receipts are not in their form.");
}
