/**
 * What it takes to write a storage adapter: the port, its errors, and the checks that all adapters share.
 *
 * ```ts
 * import { type Storage, storageRange, takeStorageWrite } from "@readback/core/storage";
 * ```
 *
 * An adapter that passes every case of `storageCases` in `@readback/core/testing` is complete.
 *
 * @packageDocumentation
 */
export {
  checkExpectation,
  checkStorageKey,
  type StorageRange,
  type StorageWrite,
  storageRange,
  takeStorageWrite,
} from "./codec/storage-call.ts";
export { type ErrorCode, hasCode, ReadbackError, type StorageErrorCode } from "./error.ts";
export type { Change, Entry, Expectation, ListOptions, Storage } from "./port/index.ts";
