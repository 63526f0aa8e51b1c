import {
  type Change,
  checkStorageKey,
  type Entry,
  type Expectation,
  type ListOptions,
  ReadbackError,
  type Storage,
  storageRange,
  takeStorageWrite,
} from "@readback/core/storage";
import { type Database, openDatabase } from "./database.ts";
import { listEntries, readEntry, writeEntries } from "./entry-store.ts";
import { asStorageFailure } from "./failure.ts";
import { lockedFailure, type Release, takeLock } from "./lock.ts";

const tablesVersion = 1;
const defaultLockTimeout = 500;

/** Options of {@link idbStorage}. */
export interface IdbStorageOptions {
  /**
   * Elects the one tab that may use the storage. Default: `navigator.locks` where there is one. With `null` nobody is
   * elected, and only the expectations of `write` keep two tabs apart.
   */
  readonly locks?: LockManager | null;
  /**
   * How long to wait for another tab to let go, in milliseconds; 0 asks once. Default: 500, since a page that is being
   * reloaded may outlive its successor's first steps.
   */
  readonly lockTimeout?: number;
}

/**
 * A client storage in the IndexedDB database `name`, created if need be. It opens at once; what goes wrong with that
 * every call tells: `storage-locked` if another tab has it, `storage-unsupported` if the runtime has no IndexedDB or
 * a newer version of this package wrote the database, `invalid-argument` if it is somebody else's. `storage-locked`
 * is also the answer from the moment another tab deletes the database or takes the lock by force.
 */
export function idbStorage(name: string, options: IdbStorageOptions = {}): Storage {
  if (typeof name !== "string" || name === "")
    throw new ReadbackError("invalid-argument", "A storage needs a name.");
  return new IdbStorage(name, options);
}

class IdbStorage implements Storage {
  readonly #opened: Promise<Database>;
  readonly #calls = new Set<Promise<unknown>>();
  #release: Release | undefined;
  #lost: ReadbackError | undefined;
  #closed: Promise<void> | undefined;

  constructor(name: string, options: IdbStorageOptions) {
    this.#opened = this.#open(name, options);
    this.#opened.catch(() => {}); // told by each call
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkStorageKey(key);
    return this.#call((database) => readEntry(database, key));
  }

  async list(prefix: string, options?: ListOptions): Promise<Entry[]> {
    this.#checkOpen();
    const range = storageRange(prefix, options);
    return this.#call(async (database) => (range === undefined ? [] : listEntries(database, range)));
  }

  async write(changes: readonly Change[], expect?: readonly Expectation[]): Promise<void> {
    this.#checkOpen();
    const write = takeStorageWrite(changes, expect);
    return this.#call((database) => writeEntries(database, write));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #open(name: string, options: IdbStorageOptions): Promise<Database> {
    const { locks = globalThis.navigator?.locks ?? null, lockTimeout = defaultLockTimeout } = options;
    try {
      if (locks !== null) {
        const onStolen = () => void this.#lose(lockedFailure());
        this.#release = await takeLock(locks, `readback:${name}`, lockTimeout, onStolen);
      }
      return await openDatabase(name, tablesVersion, (failure) => void this.#lose(failure));
    } catch (error) {
      await this.#release?.();
      throw asStorageFailure(error);
    }
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new ReadbackError("closed", "The storage is closed.");
  }

  /** Runs one call. IndexedDB keeps the order in which transactions are made, so all wait for just the same thing. */
  #call<T>(run: (database: Database) => Promise<T>): Promise<T> {
    const call = this.#opened.then(run).catch((error: unknown) => {
      throw this.#lost ?? asStorageFailure(error);
    });
    const forget = (): void => void this.#calls.delete(call);
    this.#calls.add(call);
    call.then(forget, forget);
    return call;
  }

  /** The connection is gone, or must go: what runs may end, what comes fails. */
  async #lose(failure: ReadbackError): Promise<void> {
    this.#lost ??= failure;
    await this.#letGo();
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#calls);
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    try {
      (await this.#opened).close();
    } catch {
      // It never opened, as each call has said.
    }
    await this.#release?.();
  }
}
