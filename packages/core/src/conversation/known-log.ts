import type { LogHead } from "../wire/entry.ts";
import type { LogPage } from "./log-page.ts";

/** What a device has at hand of the log it has processed: the rest is in the stored pages. Immutable. */
export interface KnownLog {
  /** The relay's word for the last entry processed; `undefined` before the first. */
  readonly head: LogHead | undefined;
  /** The hashes of the last entries, without a gap, the last one being that of `head`. */
  readonly hashes: readonly Uint8Array[];
}

/** Hashes at hand at most. */
const mostHashes = 1_024;

/** Nothing was processed yet. */
export const emptyLog: KnownLog = { head: undefined, hashes: [] };

/**
 * The log after one more page whose chain and head were checked. Where the page begins before the end, the rest is
 * replaced: it was not read. Where entries are missing in between, this device was no member then, and they stay unknown.
 */
export function extendLog({ head, hashes }: KnownLog, page: LogPage): KnownLog {
  const before = (page.headers[0]?.seq ?? 0) - 1 - ((head?.seq ?? 0) - hashes.length);
  const kept = before > hashes.length ? [] : hashes.slice(0, Math.max(0, before));
  return { head: page.head, hashes: [...kept, ...hashesOf(page)].slice(-mostHashes) };
}

/** The hash of an entry, or `undefined` where it is not at hand. */
export function hashAt({ head, hashes }: KnownLog, seq: number): Uint8Array | undefined {
  return head === undefined || seq > head.seq ? undefined : hashes.at(seq - head.seq - 1);
}

/** The log that the last stored pages, in their order, tell of. */
export function restoreLog(pages: readonly LogPage[]): KnownLog {
  return pages.reduce(extendLog, emptyLog);
}

/** Each entry names the hash of the one before it, and the head that of the last: nothing has to be hashed. */
function hashesOf({ headers, head }: LogPage): Uint8Array[] {
  return [...headers.slice(1).map(({ previousHash }) => previousHash), head.entryHash];
}
