/**
 * An ordered map from ASCII keys to bytes. Keys are parts of `[a-z0-9._-]` joined with `/`, at most 256 characters.
 * Everything stored is already sealed by core. Values are copied in and copied out: neither side sees the other's
 * later changes. Calls take effect in the order made: a read sees every write asked for before it and none asked for
 * after. After `close`, every method rejects with code `closed`.
 *
 * Arguments outside this grammar reject with `invalid-argument`; everything else that goes wrong with a
 * `ReadbackError` of a `storage-…` code, never with a bare error of the back end.
 */
export interface Storage {
  /** The value of `key`, or `undefined` where there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /**
   * Entries whose key starts with `prefix + "/"`, in ascending key order (`descending: true`: in descending order),
   * strictly beyond the whole key `after` in that direction, at most `limit` (default: all).
   */
  list(prefix: string, options?: ListOptions): Promise<Entry[]>;
  /**
   * All of it or none of it, and durable when it resolves. Changes apply in the order given. Rejects with code
   * `storage-conflict` if an expectation does not hold, with `storage-full` where there is no room; in both cases
   * nothing was changed. Calls are applied in the order made.
   */
  write(changes: readonly Change[], expect?: readonly Expectation[]): Promise<void>;
  /** Lets go of the store once earlier calls settled. Idempotent. */
  close(): Promise<void>;
}

/** See {@link Storage.list}. */
export interface ListOptions {
  readonly after?: string;
  readonly limit?: number;
  readonly descending?: boolean;
}

/** One stored pair. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** One change of a write. `removeAll` removes every key that starts with the prefix and `/`. Removal is real: nothing is kept. */
export type Change =
  | { readonly put: string; readonly value: Uint8Array }
  | { readonly remove: string }
  | { readonly removeAll: string };

/** What must be stored under `key` for a write to happen: exactly these bytes, or nothing. */
export interface Expectation {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}
