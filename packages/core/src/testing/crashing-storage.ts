import { ReadbackError } from "../error.ts";
import type { Storage } from "../port/index.ts";

/** Which write goes wrong, and how. */
export interface CrashPlan {
  /** The write that goes wrong, counted from 1; `undefined` for none, which only counts. */
  readonly failAt?: number;
  /**
   * What becomes of it.
   * - `lost`: the power went before it was stored.
   * - `applied`: the power went after it was stored and before anyone learned of it.
   * - `full`: it is refused with `storage-full`, nothing changes and later calls work: no crash at all.
   *
   * Default: `lost`.
   */
  readonly outcome?: "lost" | "applied" | "full";
}

/** See {@link crashingStorage}. */
export interface CrashingStorage extends Storage {
  /** Number of calls of `write` so far, refused ones included. */
  readonly writes: number;
  /** Whether the power is gone: from here on `read`, `list` and `write` reject with `storage-failed`. */
  readonly crashed: boolean;
}

/**
 * `inner` with a power cut at a chosen write. Run something once without `failAt` to learn its number of writes, then
 * once for each of them and each outcome; open `inner` again to see what a restarted process finds. After the cut
 * `close` resolves and leaves `inner` as it is, since a process without power closes nothing.
 */
export function crashingStorage(inner: Storage, plan: CrashPlan = {}): CrashingStorage {
  const { failAt, outcome = "lost" } = plan;
  let writes = 0;
  let crashed = false;
  const checkPower = (): void => {
    if (crashed) throw new ReadbackError("storage-failed", "The power is gone: this crash was planned.");
  };

  return {
    async read(key) {
      checkPower();
      const value = await inner.read(key);
      checkPower();
      return value;
    },
    async list(prefix, options) {
      checkPower();
      const entries = await inner.list(prefix, options);
      checkPower();
      return entries;
    },
    async write(changes, expect) {
      checkPower();
      writes += 1;
      if (writes === failAt) {
        if (outcome === "full") throw new ReadbackError("storage-full", "No room: this was planned.");
        crashed = true;
        if (outcome === "applied") await inner.write(changes, expect);
      } else {
        await inner.write(changes, expect);
      }
      checkPower();
    },
    async close() {
      if (!crashed) await inner.close();
    },
    get writes() {
      return writes;
    },
    get crashed() {
      return crashed;
    },
  };
}
