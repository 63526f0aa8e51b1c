/**
 * What tests of adapters and of applications need: the contracts as cases for any runner, and a world that a test
 * moves by hand.
 *
 * ```ts
 * import { memoryStorage } from "@readback/core";
 * import { storageCases } from "@readback/core/testing";
 *
 * for (const { name, run } of storageCases) {
 *   await run(async () => {
 *     let storage = memoryStorage();
 *     return { storage, reopen: async () => (storage = storage.reopen()) };
 *   });
 *   console.log(`passed: ${name}`);
 * }
 * ```
 *
 * @packageDocumentation
 */
export { cryptoProviderCases, type ProviderCase } from "./crypto/provider-cases.ts";
export { type CrashingStorage, type CrashPlan, crashingStorage } from "./testing/crashing-storage.ts";
export { type ManualClock, manualClock } from "./testing/manual-clock.ts";
export { seededRandom } from "./testing/seeded-random.ts";
export type { MakeStorage, StorageCase, StorageSubject } from "./testing/storage/storage-case.ts";
export { storageCases } from "./testing/storage-cases.ts";
export type {
  MakeTransport,
  TransportCase,
  TransportSubject,
} from "./testing/transport/transport-case.ts";
export { transportCases } from "./testing/transport-cases.ts";
export { type UnsteadyTransport, unsteadyTransport } from "./testing/unsteady-transport.ts";
