import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ReadbackError } from "@readback/core/wire";
import { storageError } from "./open-database.ts";

const mostStepsAtOnce = 1_000;

interface Waiting {
  /** Takes the step inside a transaction. Returns what settles its caller once the transaction is on the disk. */
  take(): () => void;
  fail(error: unknown): void;
}

/** Keeps in memory what steps have written. */
interface CommitFollower {
  /** Called in the transaction when its steps are done. */
  settle(): void;
  /** Called before the database is closed. */
  close(): void;
  /** Called when what steps have done was taken back. */
  forget(): void;
}

/**
 * Lets steps that come in during one turn of the event loop share one transaction, and so one wait for the disk.
 * Steps run and settle in the order they came.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #follower: CommitFollower;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  #waiting: Waiting[] = [];
  #closing: { resolve(): void; reject(error: unknown): void } | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param database - used by nobody else while a step runs
   */
  constructor(database: DatabaseSync, follower: CommitFollower) {
    this.#database = database;
    this.#follower = follower;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#end = database.prepare("COMMIT");
  }

  /** Runs `step` in a transaction and resolves with its value once that is durable. Where it throws, nothing changes. */
  write<T>(step: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closed();
      const take = (): (() => void) => {
        const value = step();
        return () => resolve(value);
      };
      this.#waiting.push({ take, fail: reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  /** Runs `step` at once, on what is durable. */
  async read<T>(step: () => T): Promise<T> {
    if (this.#closed) throw closed();
    try {
      return step();
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Closes the database after the steps that came before; also where it rejects, since something was not written. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= new Promise<void>((resolve, reject) => {
      this.#closing = { resolve, reject };
      if (this.#waiting.length === 0) this.#finish();
    });
    return this.#closed;
  }

  #flush(): void {
    const batch = this.#waiting.splice(0, mostStepsAtOnce);
    try {
      for (const settle of this.#commit(batch)) settle();
    } catch {
      // One step failed and took the others with it: now each on its own, so that only the guilty ones fail.
      for (const waiting of batch) this.#commitAlone(waiting);
    }
    if (this.#waiting.length > 0) setImmediate(() => this.#flush());
    else if (this.#closing) this.#finish();
  }

  #commit(batch: readonly Waiting[]): (() => void)[] {
    this.#begin.run();
    try {
      const settle = batch.map((waiting) => waiting.take());
      this.#follower.settle();
      this.#end.run();
      return settle;
    } catch (error) {
      // SQLite ends the transaction by itself on a full disk.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#follower.forget();
      throw error;
    }
  }

  #commitAlone(waiting: Waiting): void {
    try {
      for (const settle of this.#commit([waiting])) settle();
    } catch (error) {
      waiting.fail(storageError(error));
    }
  }

  #finish(): void {
    try {
      this.#follower.close();
      this.#closing?.resolve();
    } catch (error) {
      this.#closing?.reject(storageError(error));
    }
    this.#database.close();
  }
}

function closed(): ReadbackError {
  return new ReadbackError("closed", "The relay store is closed.");
}
