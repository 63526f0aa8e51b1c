import {
  type Change,
  checkExpectation,
  type Entry,
  ReadbackError,
  type StorageRange,
  type StorageWrite,
} from "@readback/core/storage";
import type { IDBPObjectStore } from "idb";
import { type Database, storeName, type Tables } from "./database.ts";

// An IndexedDB transaction ends by itself as soon as nothing is asked of it. Between its first line and its last,
// these functions therefore wait for its own requests and for nothing else.

type Store<Mode extends IDBTransactionMode> = IDBPObjectStore<Tables, ["entries"], "entries", Mode>;

/** The value under `key`. Errors are bare, save `storage-damaged`. */
export async function readEntry(database: Database, key: string): Promise<Uint8Array | undefined> {
  const value = await database.get(storeName, key);
  return value === undefined ? undefined : checkedValue(value);
}

/** The entries of `range`, from one transaction. Errors are bare, save `storage-damaged`. */
export async function listEntries(database: Database, range: StorageRange): Promise<Entry[]> {
  const { store } = database.transaction(storeName);
  const { limit, descending } = range;
  const bounds = descending ? await lastBounds(store, range) : keysBetween(range.lower, range.upper);
  const count = descending ? undefined : limit && Math.min(limit, 0xffffffff);
  const [keys, values] = await Promise.all([store.getAllKeys(bounds, count), store.getAll(bounds, count)]);
  const entries = keys.map((key, index) => ({ key, value: checkedValue(values[index]) }));
  return descending ? entries.reverse() : entries;
}

/**
 * Bounds of the last `limit` entries: one cursor that jumps to the first of them. Walking a cursor over all of them
 * costs a message to the browser's storage process for each.
 */
async function lastBounds(store: Store<"readonly">, range: StorageRange): Promise<IDBKeyRange> {
  const { lower, upper, limit } = range;
  const all = keysBetween(lower, upper);
  if (limit === undefined) return all;
  let cursor = await store.openKeyCursor(all, "prev");
  if (cursor !== null && limit > 1) cursor = await cursor.advance(Math.min(limit, 0xffffffff) - 1);
  return cursor === null ? all : IDBKeyRange.bound(cursor.key, upper, false, true);
}

/** One `write`, in one transaction. Errors are bare, save `storage-conflict`; after any of them nothing was changed. */
export async function writeEntries(database: Database, { changes, expect }: StorageWrite): Promise<void> {
  const transaction = database.transaction(storeName, "readwrite", { durability: "strict" });
  const { store, done } = transaction;
  const requests: Promise<unknown>[] = [done];
  try {
    // The changes are asked for only after this, though that costs a turn: should the transaction ever end too early,
    // it then ends without them.
    if (expect.length > 0) {
      const stored = await Promise.all(expect.map(({ key }) => store.get(key)));
      for (const [index, expectation] of expect.entries()) checkExpectation(expectation, stored[index]);
    }
    for (const change of changes) requests.push(apply(store, change));
    transaction.commit();
  } catch (error) {
    abort(transaction);
    await Promise.allSettled(requests);
    throw error;
  }
  await Promise.all(requests);
}

function apply(store: Store<"readwrite">, change: Change): Promise<unknown> {
  if ("put" in change) return store.put(change.value, change.put);
  if ("remove" in change) return store.delete(change.remove);
  return store.delete(keysBetween(`${change.removeAll}/`, `${change.removeAll}0`));
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It had ended by itself, for the reason that is being reported.
  }
}

function keysBetween(lower: string, upper: string): IDBKeyRange {
  return IDBKeyRange.bound(lower, upper, true, true);
}

function checkedValue(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new ReadbackError("storage-damaged", "The storage holds something that is not bytes.");
}
