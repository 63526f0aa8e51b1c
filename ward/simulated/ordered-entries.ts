import type { Change, Entry, Expectation, ListOptions } from "@readback/core/storage";
import { checkExpectation } from "@readback/core/storage";
import { copied } from "../kernel/slab.ts";

/** An ordered map from keys to bytes that can be copied as a whole. */
export class OrderedEntries {
  readonly #values: Map<string, Uint8Array>;
  readonly #keys: string[];

  constructor(values: ReadonlyMap<string, Uint8Array> = new Map(), keys: readonly string[] = []) {
    this.#values = new Map(values);
    this.#keys = [...keys];
  }

  /** The same entries, on their own from now on. */
  copy(): OrderedEntries {
    return new OrderedEntries(this.#values, this.#keys);
  }

  get values(): ReadonlyMap<string, Uint8Array> {
    return this.#values;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** See `Storage.list`. */
  list(prefix: string, { after, limit, descending }: ListOptions = {}): Entry[] {
    let [from, to] = [this.#index(`${prefix}/`), this.#index(`${prefix}0`)];
    if (after !== undefined && descending === true) to = Math.min(to, this.#index(after));
    else if (after !== undefined) from = Math.max(from, this.#index(`${after}\0`));
    const size = limit ?? Number.POSITIVE_INFINITY;
    if (descending === true) from = Math.max(from, to - size);
    else to = Math.min(to, from + size);
    const found = this.#keys
      .slice(from, to)
      .map((key) => ({ key, value: copied(this.#values.get(key) as Uint8Array) }));
    return descending === true ? found.reverse() : found;
  }

  /** All keys below a prefix, in ascending order. */
  keysBelow(prefix: string): string[] {
    return this.#keys.slice(this.#index(`${prefix}/`), this.#index(`${prefix}0`));
  }

  /** All of it or none of it. Throws `storage-conflict`. */
  write(changes: readonly Change[], expect: readonly Expectation[]): void {
    for (const expectation of expect) checkExpectation(expectation, this.#values.get(expectation.key));
    for (const change of changes) {
      if ("put" in change) this.#put(change.put, change.value);
      else if ("remove" in change) this.#remove(change.remove, `${change.remove}\0`);
      else this.#remove(`${change.removeAll}/`, `${change.removeAll}0`);
    }
  }

  #put(key: string, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#index(key), 0, key);
    this.#values.set(key, value);
  }

  #remove(from: string, to: string): void {
    const first = this.#index(from);
    const end = this.#index(to);
    if (end > first) for (const key of this.#keys.splice(first, end - first)) this.#values.delete(key);
  }

  /** Index of the first key that is not less. */
  #index(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
