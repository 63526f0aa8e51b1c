import { ReadbackError } from "@readback/core/storage";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { lockedFailure } from "./lock.ts";

/** The one object store: values under string keys, which IndexedDB orders as the contract asks for ASCII. */
export const storeName = "entries";

/** The tables of a storage, as `idb` wants them written down. */
export interface Tables extends DBSchema {
  entries: { key: string; value: Uint8Array };
}

/** An open connection. */
export type Database = IDBPDatabase<Tables>;

/**
 * Opens the database `name` and creates it if need be. Rejects with `storage-unsupported` where there is no IndexedDB
 * and with `storage-locked` if a tab with an older version does not let go; other errors are bare.
 *
 * @param version - of the tables; changes only when they do
 * @param onLost - called with what to tell later calls when the connection was closed from outside, or has to be closed so as
 * not to stand in another's way
 */
export async function openDatabase(
  name: string,
  version: number,
  onLost: (failure: ReadbackError) => void,
): Promise<Database> {
  if (typeof indexedDB === "undefined")
    throw new ReadbackError("storage-unsupported", "This runtime has no IndexedDB.");

  let giveUp = (): void => {};
  const blocked = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(lockedFailure());
  });
  const opening = openDB<Tables>(name, version, {
    upgrade(database) {
      if (!database.objectStoreNames.contains(storeName)) database.createObjectStore(storeName);
    },
    blocked: () => giveUp(),
    // A newer version in another tab wants to change the tables, or somebody deletes the database.
    blocking: () => onLost(lockedFailure()),
    terminated: () => onLost(new ReadbackError("storage-failed", "The browser closed this storage.")),
  });
  try {
    const database = await Promise.race([opening, blocked]);
    if (database.objectStoreNames.contains(storeName)) return database;
    throw new ReadbackError("invalid-argument", "This database belongs to something else.");
  } catch (error) {
    // Whoever gives up must not hold on to what was opened, or is opened yet.
    opening.then(
      (late) => late.close(),
      () => {},
    );
    throw error;
  }
}
