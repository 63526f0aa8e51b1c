export { type ErrorCode, hasCode, ReadbackError } from "./error.ts";
export { type MemoryStorage, memoryStorage } from "./memory/memory-storage.ts";
export type { Change, Entry, Expectation, ListOptions, Storage } from "./port/index.ts";
