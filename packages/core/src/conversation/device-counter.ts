import { decode } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import type { Details } from "./content-details.ts";
import { readRecordVersion } from "./message-record.ts";
import type { Member } from "./state.ts";

/** How far a device has counted what it says, as far as the log shows it. */
export interface DeviceCounter {
  /** The device's leaf, and the entry that added it: a device that comes back counts from 1 again. */
  readonly leaf: number;
  readonly since: number;
  /** Lower counts were there before this device was, or were cut off: nothing is said of them. */
  readonly from: number;
  /** The highest count that the log has. */
  readonly last: number;
  /** Lower ones that it does not have and that the device has not given up. Ascending, at most 256. */
  readonly missing: readonly number[];
  /** Contents since `last` that this version cannot count. */
  readonly uncounted: number;
  /** The highest count that the device had reached before it took its own place again; 0 where it has not, or not here. */
  readonly earlier: number;
  /**
   * The highest count of the device that this one has seen before either was added again, or before this one missed
   * something: what it has counted so far it may say again.
   */
  readonly former: number;
}

/** What a content has changed about the count of its device. */
export interface Counted {
  readonly counter: DeviceCounter;
  /** Counts that are missing since this content. */
  readonly missing: readonly number[];
  /** Whether something was missing before and nothing is now. */
  readonly recovered: boolean;
  /** Whether the device has used this count before. */
  readonly repeated: boolean;
}

/** Missing counts of one device that are remembered. */
export const mostMissing = 256;

/** Follows what a device has said next. */
export function countContent(counter: DeviceCounter, { deviceCounter, givenUp }: Counting): Counted {
  const { last, uncounted, earlier } = counter;
  const excused = new Set([...givenUp, deviceCounter]);
  // Whatever cannot be counted here is taken for the first ones that are not there.
  const from = Math.max(last + 1 + uncounted, earlier + 1, deviceCounter - mostMissing);
  const missing: number[] = [];
  for (let count = from; count < deviceCounter; count++) if (!excused.has(count)) missing.push(count);
  const before = counter.missing.filter((count) => !excused.has(count));
  const all = [...before, ...missing].slice(-mostMissing);
  return {
    counter: {
      ...counter,
      last: Math.max(last, deviceCounter),
      missing: all,
      uncounted: deviceCounter > last ? 0 : uncounted,
    },
    missing,
    recovered: counter.missing.length > 0 && all.length === 0,
    repeated:
      deviceCounter >= counter.from && deviceCounter <= last && !counter.missing.includes(deviceCounter),
  };
}

type Counting = Pick<Details, "deviceCounter" | "givenUp">;

/** The highest count that a counter knows of. */
export function highestCount({ last, earlier, former }: DeviceCounter): number {
  return Math.max(last, earlier, former);
}

/** How far a device had counted in one of its stays, as far as that is known still. */
export function countedBy(
  counters: ReadonlyMap<number, DeviceCounter>,
  { leaf, since, counted }: Pick<Member, "leaf" | "since" | "counted">,
): number {
  const counter = counters.get(leaf);
  const isOfStay = counter !== undefined && (counter.since === since || counter.since === 0);
  return isOfStay ? Math.max(counted, highestCount(counter)) : counted;
}

/** The bytes of a counter record. */
export function encodeDeviceCounter(counter: DeviceCounter): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).u32(counter.leaf).safe(counter.since).safe(counter.from).safe(counter.last);
    writer.u32(counter.uncounted);
    writer
      .list(counter.missing, (w, count) => w.safe(count))
      .safe(counter.earlier)
      .safe(counter.former);
  }, undefined);
}

/** A counter from its record. Throws `malformed`. */
export function decodeDeviceCounter(bytes: Uint8Array): DeviceCounter {
  return decode((reader) => {
    readRecordVersion(reader);
    const [leaf, since, from] = [reader.u32(), reader.safe(), reader.safe()];
    const [last, uncounted] = [reader.safe(), reader.u32()];
    const missing = reader.list((r) => r.safe());
    const earlier = reader.done ? 0 : reader.safe();
    return { leaf, since, from, last, uncounted, missing, earlier, former: reader.done ? 0 : reader.safe() };
  }, bytes);
}
