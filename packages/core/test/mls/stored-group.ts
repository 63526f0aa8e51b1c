import type { CipherSuite } from "../../src/crypto/suite.ts";
import { type Group, groupRecords, restoreGroup } from "../../src/mls.ts";
import type { Change } from "../../src/port/storage.ts";

/** What a store holds of one group, changed as a storage would. */
export class StoredGroup {
  readonly #records = new Map<string, Uint8Array>();
  /** The changes of the last write. */
  last: readonly Change[] = [];

  get records(): ReadonlyMap<string, Uint8Array> {
    return this.#records;
  }

  /** Writes what leads from `before` to `after`. */
  write(before: Group | undefined, after: Group): void {
    this.last = groupRecords(before, after);
    for (const change of this.last) {
      if ("put" in change) this.#records.set(change.put, change.value.slice());
      else if ("remove" in change) this.#records.delete(change.remove);
      else this.#removeAll(`${change.removeAll}/`);
    }
  }

  /** The group as a new process would find it. */
  restore(suite: CipherSuite): Group {
    return restoreGroup(suite, new Map(this.#records));
  }

  #removeAll(prefix: string): void {
    for (const name of this.#records.keys()) if (name.startsWith(prefix)) this.#records.delete(name);
  }
}

/** Bytes of keys and values that changes write. */
export function writtenBytes(changes: readonly Change[]): number {
  return changes.reduce(
    (sum, change) => sum + ("put" in change ? change.put.length + change.value.length : 0),
    0,
  );
}
