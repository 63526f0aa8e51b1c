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

/** The log after one more page whose chain and head were checked. */
export function extendLog(log: KnownLog, page: LogPage): KnownLog {
  return { head: page.head, hashes: [...log.hashes, ...hashesOf(page)].slice(-mostHashes) };
}

/** The hash of an entry, or `undefined` where it is not at hand. */
export function hashAt({ head, hashes }: KnownLog, seq: number): Uint8Array | undefined {
  return head === undefined || seq > head.seq ? undefined : hashes.at(seq - head.seq - 1);
}

/** The log that the last stored pages, in their order, tell of. */
export function restoreLog(pages: readonly LogPage[]): KnownLog {
  return pages.reduce((log, page) => {
    // Between two stays of this device there are entries that it was never shown.
    const follows = log.head?.seq === (page.headers[0]?.seq ?? 0) - 1;
    return extendLog(follows ? log : emptyLog, page);
  }, emptyLog);
}

/** Each entry names the hash of the one before it, and the head that of the last: nothing has to be hashed. */
function hashesOf({ headers, head }: LogPage): Uint8Array[] {
  return [...headers.slice(1).map(({ previousHash }) => previousHash), head.entryHash];
}
