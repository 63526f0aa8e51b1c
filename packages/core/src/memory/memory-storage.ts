import {
  checkExpectation,
  checkStorageKey,
  type StorageWrite,
  storageRange,
  takeStorageWrite,
} from "../codec/storage-call.ts";
import { ReadbackError } from "../error.ts";
import type { Change, Entry, Expectation, ListOptions, Storage } from "../port/index.ts";

/** A {@link Storage} in memory that can be opened again, as a file could. */
export interface MemoryStorage extends Storage {
  /**
   * The same entries under a fresh handle; this one is closed. What a process finds that starts after this one ended
   * or crashed.
   */
  reopen(): MemoryStorage;
}

/**
 * A storage that lasts as long as the process: for tests, demos and clients that keep nothing. It is the reference
 * for every other adapter; "durable" here means only that {@link MemoryStorage.reopen} finds it.
 */
export function memoryStorage(): MemoryStorage {
  return openEntries({ values: new Map(), keys: [] });
}

/** The values, and their keys in ascending order. */
interface Entries {
  readonly values: Map<string, Uint8Array>;
  readonly keys: string[];
}

function openEntries(entries: Entries): MemoryStorage {
  let closed = false;
  const checkOpen = (): void => {
    if (closed) throw new ReadbackError("closed", "The storage is closed.");
  };

  return {
    async read(key: string): Promise<Uint8Array | undefined> {
      checkOpen();
      checkStorageKey(key);
      return entries.values.get(key)?.slice();
    },

    async list(prefix: string, options?: ListOptions): Promise<Entry[]> {
      checkOpen();
      return listEntries(entries, prefix, options);
    },

    async write(changes: readonly Change[], expect?: readonly Expectation[]): Promise<void> {
      checkOpen();
      applyWrite(entries, takeStorageWrite(changes, expect));
    },

    async close(): Promise<void> {
      closed = true;
    },

    reopen(): MemoryStorage {
      closed = true;
      return openEntries(entries);
    },
  };
}

function listEntries({ values, keys }: Entries, prefix: string, options?: ListOptions): Entry[] {
  const range = storageRange(prefix, options);
  if (range === undefined) return [];
  let from = indexOf(keys, `${range.lower}\0`); // the first key after `lower`: no key holds a NUL
  let to = indexOf(keys, range.upper);
  const limit = range.limit ?? keys.length;
  if (range.descending) from = Math.max(from, to - limit);
  else to = Math.min(to, from + limit);
  const entries = keys
    .slice(from, to)
    .map((key) => ({ key, value: (values.get(key) as Uint8Array).slice() }));
  return range.descending ? entries.reverse() : entries;
}

/** All that can be refused was refused by `takeStorageWrite`, so that from the first change on nothing can fail. */
function applyWrite(entries: Entries, { changes, expect }: StorageWrite): void {
  for (const expectation of expect) checkExpectation(expectation, entries.values.get(expectation.key));
  for (const change of changes) {
    if ("put" in change) put(entries, change.put, change.value);
    else if ("remove" in change) removeBetween(entries, change.remove, `${change.remove}\0`);
    else removeBetween(entries, `${change.removeAll}/`, `${change.removeAll}0`);
  }
}

function put({ values, keys }: Entries, key: string, value: Uint8Array): void {
  if (!values.has(key)) keys.splice(indexOf(keys, key), 0, key);
  values.set(key, value);
}

/** Removes the keys from `from` on and before `to`. */
function removeBetween({ values, keys }: Entries, from: string, to: string): void {
  const first = indexOf(keys, from);
  for (const key of keys.splice(first, indexOf(keys, to) - first)) values.delete(key);
}

/** Index of the first of the ascending `keys` that is not less than `key`. */
function indexOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
