import { ReadbackError, type StorageErrorCode } from "@readback/core/storage";

// Primary result codes of SQLite, https://sqlite.org/rescode.html
const busy = 5;
const locked = 6;
const corrupt = 11;
const full = 13;
const protocol = 15;
const notADatabase = 26;

const lockedMessage = "Another process, or another part of this one, holds this storage file.";
const kinds: ReadonlyMap<number, readonly [code: StorageErrorCode, message: string]> = new Map([
  [busy, ["storage-locked", lockedMessage]],
  [locked, ["storage-locked", lockedMessage]],
  [protocol, ["storage-locked", lockedMessage]],
  [full, ["storage-full", "There is no room left for this storage file."]],
  [corrupt, ["storage-damaged", "The storage file is damaged."]],
  [notADatabase, ["storage-damaged", "The storage file is damaged or was never one."]],
]);

/** `error` as the `ReadbackError` that the storage contract asks for, with `error` as its cause. */
export function asStorageFailure(error: unknown): ReadbackError {
  if (error instanceof ReadbackError) return error;
  const [code, message] = kinds.get(primaryCode(error)) ?? [
    "storage-failed",
    "The storage file could not be read or written.",
  ];
  return new ReadbackError(code, message, { cause: error });
}

/** The low byte of SQLite's result code; the rest of it only tells variants apart. 0 if `error` is not SQLite's. */
function primaryCode(error: unknown): number {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return 0;
  return typeof error.errcode === "number" ? error.errcode & 0xff : 0;
}
