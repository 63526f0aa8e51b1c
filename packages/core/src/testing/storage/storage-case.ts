import type { Storage } from "../../port/index.ts";

/** A storage under test, and the way to open its data again. */
export interface StorageSubject {
  /** A fresh storage without entries. */
  readonly storage: Storage;
  /** Closes the storage that was opened last and opens the same data again. */
  reopen(): Promise<Storage>;
}

/** Makes one {@link StorageSubject}; called once per case. Clearing up afterwards is the business of the test. */
export type MakeStorage = () => Promise<StorageSubject>;

/** One rule of the {@link Storage} contract as a test that any runner can run: it passes unless `run` rejects. */
export interface StorageCase {
  /** What the storage does, as a sentence without subject. */
  readonly name: string;
  /** Runs the case on a storage from `make` and closes it. Rejects with an error that tells what was expected. */
  run(make: MakeStorage): Promise<void>;
}

/** A case from its name and its steps; whatever is open at their end is closed. */
export function storageCase(
  name: string,
  steps: (storage: Storage, reopen: () => Promise<Storage>) => Promise<void>,
): StorageCase {
  return {
    name,
    async run(make) {
      const subject = await make();
      let open = subject.storage;
      const reopen = async (): Promise<Storage> => {
        open = await subject.reopen();
        return open;
      };
      try {
        await steps(subject.storage, reopen);
      } finally {
        await open.close();
      }
    },
  };
}

/** The bytes of an ASCII text. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Everything below `prefix` as `key=text`, joined with spaces: short to write in an expectation. */
export async function contents(storage: Storage, prefix: string): Promise<string> {
  const entries = await storage.list(prefix);
  return entries.map(({ key, value }) => `${key}=${String.fromCharCode(...value)}`).join(" ");
}

/** `a/0000` and so on: keys of fixed width, in ascending order. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}/${String(index).padStart(5, "0")}`);
}
