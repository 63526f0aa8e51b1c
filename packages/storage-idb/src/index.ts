/**
 * Client storage in the IndexedDB of a browser.
 *
 * ```ts
 * import { idbStorage } from "@readback/storage-idb";
 *
 * const storage = idbStorage("readback");
 * await storage.write([{ put: "greeting/1", value: Uint8Array.of(72, 105) }]);
 * await storage.close();
 * ```
 *
 * Give it to `createClient` and leave the rest to the client. One tab owns the storage at a time, elected with Web Locks
 * where the browser has them: in a second tab every call rejects with `storage-locked`. A tab that ends, however it
 * ends, frees it. Where there are no Web Locks the client's fencing record still makes the second tab fail.
 *
 * A write that resolved was flushed to disk (`durability: "strict"`). Browsers delete what they store for pages: when
 * asked to, when the disk is full, and Safari after a week without a visit unless the page is on the home screen.
 * Ask for `navigator.storage.persist()`, and expect to enrol the device again. Nor do they overwrite what was
 * removed, only some time later; that is why the client seals everything before it gets here.
 *
 * @packageDocumentation
 */
export { type IdbStorageOptions, idbStorage } from "./idb-storage.ts";
