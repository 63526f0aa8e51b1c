import { closingCases } from "./storage/closing-cases.ts";
import { modelCases } from "./storage/model-cases.ts";
import { readingCases } from "./storage/reading-cases.ts";
import type { StorageCase } from "./storage/storage-case.ts";
import { writingCases } from "./storage/writing-cases.ts";

/**
 * The contract of `Storage` as data: an adapter is complete when all of them pass.
 *
 * ```ts
 * for (const { name, run } of storageCases) test(name, () => run(make));
 * ```
 */
export const storageCases: readonly StorageCase[] = [
  ...readingCases,
  ...writingCases,
  ...closingCases,
  ...modelCases,
];
