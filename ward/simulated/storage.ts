import { type Change, type Expectation, ReadbackError, type Storage } from "@readback/core/storage";
import type { Chance } from "../kernel/chance.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import { copied } from "../kernel/slab.ts";
import { OrderedEntries } from "./ordered-entries.ts";

/** What is done to a disk when its turn comes. */
interface Operation {
  readonly isWrite: boolean;
  /** Does it. Returns what tells the process, if that still runs. */
  run(): () => void;
  cancel(): void;
}

/** How the power goes at a write. */
export interface Doom {
  /** Whether the write is stored. */
  readonly isApplied: boolean;
  /** Whether the process learns of it, and `strike` is to end it a little later. */
  readonly isTold?: boolean;
  /** Which writes count. Default: all. */
  isMeant?(changes: readonly Change[]): boolean;
  /** Ends the process. */
  strike(): void;
}

/** Hears what a disk has stored, before the process does. */
export type OnStored = (changes: readonly Change[]) => void;

/** The disk of one device: it survives its processes, and takes its time. */
export class SimulatedStorage {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #onStored: OnStored;
  #entries = new OrderedEntries();
  #pending: Operation[] = [];
  #last = 0;
  #older: OrderedEntries | undefined;
  #doom: (Doom & { writes: number }) | undefined;
  /** While set, writes are refused with `storage-full`. */
  isFull = false;

  constructor(scheduler: Scheduler, chance: Chance, onStored: OnStored) {
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#onStored = onStored;
  }

  /** What is stored now. */
  get entries(): OrderedEntries {
    return this.#entries;
  }

  /** The store as one process sees it. */
  open(): Storage {
    let isClosed = false;
    const ask = <T>(changes: readonly Change[] | undefined, apply: () => T): Promise<T> => {
      if (isClosed) return Promise.reject(new ReadbackError("closed", "The storage is closed."));
      return new Promise((resolve, reject) => this.#enqueue(changes, apply, resolve, reject));
    };
    return {
      read: (key) =>
        ask(undefined, () => {
          const value = this.#entries.get(key);
          return value && copied(value);
        }),
      list: (prefix, options) => ask(undefined, () => this.#entries.list(prefix, options)),
      write: (changes, expect = []) => {
        const own = changes.map(
          (change): Change => ("put" in change ? { put: change.put, value: copied(change.value) } : change),
        );
        return ask(own, () => this.#write(own, expect));
      },
      close: async () => {
        isClosed = true;
      },
    };
  }

  /**
   * The power goes: of the writes under way the first few were stored and the rest were not, and nobody is told. Each
   * write happens as a whole or not at all, as the contract of a storage says.
   */
  crash(): void {
    this.#doom = undefined;
    const pending = this.#pending;
    this.#pending = [];
    const writes = pending.filter(({ isWrite }) => isWrite).length;
    let left = this.#chance.below(writes + 1);
    for (const operation of pending) {
      operation.cancel();
      if (operation.isWrite && left-- > 0) operation.run();
    }
  }

  /**
   * Lets the power go at a write: before it is stored, or after it is stored and before anybody learns of it.
   *
   * @param writes - which one, counted from 1
   */
  doom(writes: number, doom: Doom): void {
    this.#doom = { ...doom, writes };
  }

  /** Lets no power go that was to. */
  spare(): void {
    this.#doom = undefined;
  }

  /** Remembers the present, for {@link rollBack}. */
  backUp(): void {
    this.#older = this.#entries.copy();
  }

  /** Puts an old copy in place, as a restored backup of the machine does. Returns whether there was one. */
  rollBack(): boolean {
    if (this.#older === undefined) return false;
    this.#entries = this.#older.copy();
    return true;
  }

  /** Puts the copy of another disk in place. */
  restore(entries: OrderedEntries): void {
    this.#entries = entries.copy();
  }

  #write(changes: readonly Change[], expect: readonly Expectation[]): void {
    if (this.isFull) throw new ReadbackError("storage-full", "No room: this was planned.");
    this.#entries.write(changes, expect);
    this.#onStored(changes);
  }

  #isDoomed(changes: readonly Change[]): boolean {
    const doom = this.#doom;
    return doom !== undefined && (doom.isMeant?.(changes) ?? true) && --doom.writes === 0;
  }

  #enqueue<T>(
    changes: readonly Change[] | undefined,
    apply: () => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const isWrite = changes !== undefined;
    const time = isWrite ? 0.2 + this.#chance.gap(1.5) : 0.02 + this.#chance.gap(0.1);
    this.#last = Math.max(this.#last, this.#scheduler.now + time);
    const run = (): (() => void) => {
      try {
        const value = apply();
        return () => resolve(value);
      } catch (error) {
        return () => reject(error);
      }
    };
    const cancel = this.#scheduler.at(this.#last, isWrite ? "write" : "read", () => {
      this.#pending.shift();
      if (isWrite && this.#isDoomed(changes)) {
        const { isApplied, isTold = false, strike } = this.#doom as Doom;
        this.#doom = undefined;
        const tell = isApplied ? run() : undefined;
        if (isTold) tell?.();
        strike();
      } else run()();
    });
    this.#pending.push({ isWrite, run, cancel });
  }
}
