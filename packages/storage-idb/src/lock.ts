import { ReadbackError } from "@readback/core/storage";

/** Lets go of a lock; resolves when others can have it. */
export type Release = () => Promise<void>;

/**
 * Takes the exclusive lock `name` until it is released or the page ends. Rejects with `storage-locked` if somebody
 * else still has it after `timeout` milliseconds; with 0 it asks once.
 *
 * @param onStolen - called if somebody takes the lock away by force
 */
export function takeLock(
  locks: LockManager,
  name: string,
  timeout: number,
  onStolen: () => void,
): Promise<Release> {
  return new Promise((resolve, reject) => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let taken = false;
    const options: LockOptions =
      timeout === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(timeout) };

    // The lock is held for as long as the promise of the callback is pending.
    const ended = locks.request(name, options, (lock) => {
      if (lock === null) throw new DOMException("The lock is taken.", "TimeoutError");
      taken = true;
      resolve(() => {
        release();
        return ended.catch(() => {});
      });
      return released;
    });
    ended.catch((error: DOMException) => {
      if (taken) onStolen();
      else reject(error.name === "TimeoutError" ? lockedFailure(error) : error);
    });
  });
}

/** The failure of a storage that belongs to another tab. */
export function lockedFailure(cause?: unknown): ReadbackError {
  return new ReadbackError("storage-locked", "Another tab holds this storage.", { cause });
}
