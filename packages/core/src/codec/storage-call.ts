import { ReadbackError } from "../error.ts";
import type { Change, Expectation, ListOptions } from "../port/index.ts";
import { sameBytes } from "./bytes.ts";

const maximumKeyLength = 256;
const keyGrammar = /^[a-z0-9._-]+(?:\/[a-z0-9._-]+)*$/;

/** Throws `invalid-argument` unless `key` follows the grammar of {@link Storage}: a whole key, or a prefix of whole parts. */
export function checkStorageKey(key: string): void {
  if (typeof key !== "string" || key.length > maximumKeyLength || !keyGrammar.test(key))
    throw new ReadbackError("invalid-argument", "A storage key does not follow its grammar.");
}

/** What a `list` asks for: the keys strictly between `lower` and `upper`, of which the first `limit` in reading direction. */
export interface StorageRange {
  /** Every key of the answer is greater. */
  readonly lower: string;
  /** Every key of the answer is less. */
  readonly upper: string;
  /** Number of entries, at least 1; `undefined` for all of them. */
  readonly limit: number | undefined;
  /** Greatest key first. */
  readonly descending: boolean;
}

/**
 * The range of keys that a `list` asks for, or `undefined` if its answer is empty whatever is stored.
 * Throws `invalid-argument` on a prefix or `after` outside the grammar and on a limit that is not a whole number.
 */
export function storageRange(prefix: string, options: ListOptions = {}): StorageRange | undefined {
  checkStorageKey(prefix);
  const { after, limit, descending = false } = options;
  if (after !== undefined) checkStorageKey(after);
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 0))
    throw new ReadbackError("invalid-argument", "A limit must be a whole number of entries.");

  // "0" is the character after "/", so this is every key that starts with prefix + "/" and no other.
  let lower = `${prefix}/`;
  let upper = `${prefix}0`;
  if (after !== undefined && !descending && after > lower) lower = after;
  if (after !== undefined && descending && after < upper) upper = after;
  return limit === 0 || lower >= upper ? undefined : { lower, upper, limit, descending };
}

/** The arguments of one `write`, checked, and copied so that they belong to the storage. */
export interface StorageWrite {
  readonly changes: readonly Change[];
  readonly expect: readonly Expectation[];
}

/**
 * Checks and copies the arguments of a `write`. Call it before the first `await`, so that the caller may reuse its
 * bytes as soon as `write` returned. Throws `invalid-argument` on a key outside the grammar, on a value that is not
 * bytes and on a change that is not exactly one of put, remove and removeAll.
 */
export function takeStorageWrite(
  changes: readonly Change[],
  expect: readonly Expectation[] = [],
): StorageWrite {
  if (!Array.isArray(changes) || !Array.isArray(expect))
    throw new ReadbackError("invalid-argument", "A write takes a list of changes.");
  return { changes: changes.map(takeChange), expect: expect.map(takeExpectation) };
}

/** Throws `storage-conflict` unless `stored`, what the storage has under the key, is what was expected there. */
export function checkExpectation({ value }: Expectation, stored: Uint8Array | undefined): void {
  const holds = stored === undefined || value === undefined ? stored === value : sameBytes(stored, value);
  if (!holds) throw new ReadbackError("storage-conflict", "Another writer changed this storage.");
}

function takeChange(change: Change): Change {
  const { put, value, remove, removeAll } = (change ?? {}) as {
    [name in "put" | "value" | "remove" | "removeAll"]?: unknown;
  };
  const named = [put, remove, removeAll].filter((key) => key !== undefined);
  if (named.length !== 1) throw new ReadbackError("invalid-argument", "A change must be exactly one change.");
  const key = named[0] as string;
  checkStorageKey(key);
  if (put !== undefined) return { put: key, value: takeBytes(value) };
  return remove !== undefined ? { remove: key } : { removeAll: key };
}

function takeExpectation({ key, value }: Expectation): Expectation {
  checkStorageKey(key);
  return { key, value: value === undefined ? undefined : takeBytes(value) };
}

function takeBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new ReadbackError("invalid-argument", "A value must be bytes.");
  return new Uint8Array(value);
}
