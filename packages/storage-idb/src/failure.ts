import { ReadbackError, type StorageErrorCode } from "@readback/core/storage";

const kinds: ReadonlyMap<unknown, readonly [code: StorageErrorCode, message: string]> = new Map([
  ["QuotaExceededError", ["storage-full", "There is no room left for this storage."]],
  ["VersionError", ["storage-unsupported", "A newer version wrote this storage."]],
  ["SecurityError", ["storage-unsupported", "This page may not keep data."]],
  // All keys are checked before IndexedDB sees them: these two come from values that cannot be read back.
  ["DataError", ["storage-damaged", "The storage is damaged."]],
  ["NotReadableError", ["storage-damaged", "The storage is damaged."]],
]);

/** `error` as the `ReadbackError` that the storage contract asks for, with `error` as its cause. */
export function asStorageFailure(error: unknown): ReadbackError {
  if (error instanceof ReadbackError) return error;
  const name = typeof error === "object" && error !== null && "name" in error ? error.name : undefined;
  const [code, message] = kinds.get(name) ?? ["storage-failed", "The storage could not be read or written."];
  return new ReadbackError(code, message, { cause: error });
}
