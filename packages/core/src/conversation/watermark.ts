import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { maximumExceptions } from "./receipt-content.ts";

/**
 * What a device has said of the log at one level: every entry up to `upTo` but the exceptions. Seen as a set of entries
 * it only ever grows, so the order in which reports come does not matter.
 */
export interface Watermark {
  readonly upTo: number;
  /** Ascending, below `upTo`, at most 256. */
  readonly exceptions: readonly number[];
  /** When the relay accepted the report that last added something, milliseconds: no entry was covered later. */
  readonly at: number;
}

/** Whether a watermark speaks of an entry. */
export function covers(mark: Watermark | undefined, seq: number): boolean {
  return mark !== undefined && seq <= mark.upTo && !mark.exceptions.includes(seq);
}

/** The union of what both say; the very same object as `old` where `report` adds nothing. */
export function joinWatermarks(old: Watermark | undefined, report: Watermark): Watermark {
  if (old === undefined) return report;
  const [lower, upper] = old.upTo <= report.upTo ? [old, report] : [report, old];
  const known = new Set(lower.exceptions);
  const exceptions = upper.exceptions.filter((seq) => seq > lower.upTo || known.has(seq));
  const addsNothing = upper.upTo === old.upTo && exceptions.length === old.exceptions.length;
  return addsNothing ? old : { upTo: upper.upTo, exceptions, at: report.at };
}

/** The entry before the first one that `next` speaks of and `old` does not. */
export function beforeFirstAdded(old: Watermark | undefined, next: Watermark): number {
  if (old === undefined) return 0;
  const kept = new Set(next.exceptions);
  const cleared = old.exceptions.find((seq) => !kept.has(seq));
  return cleared === undefined ? old.upTo : cleared - 1;
}

/** Whether everything that `inner` speaks of, `outer` speaks of too. */
export function includesWatermark(outer: Watermark | undefined, inner: Watermark): boolean {
  return outer !== undefined && joinWatermarks(outer, inner) === outer;
}

/** Encodes a watermark. */
export function writeWatermark(writer: Writer, mark: Watermark): void {
  writer
    .safe(mark.upTo)
    .safe(mark.at)
    .list(mark.exceptions, (w, seq) => w.safe(seq));
}

/** Decodes a watermark. Throws `malformed` or `too-large`. */
export function readWatermark(reader: Reader): Watermark {
  const upTo = reader.safe();
  const at = reader.safe();
  const exceptions = reader.list((r) => r.safe(), maximumExceptions);
  if (!areExceptions(exceptions, upTo))
    throw new ReadbackError("malformed", "A watermark breaks its own order.");
  return { upTo, exceptions, at };
}

/** Whether these can be the exceptions of a watermark: ascending, from 1, below `upTo`. */
export function areExceptions(exceptions: readonly number[], upTo: number): boolean {
  return exceptions.every((seq, i) => seq > (exceptions[i - 1] ?? 0) && seq < upTo);
}
