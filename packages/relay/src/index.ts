/**
 * `@readback/relay`: the hub between devices. It keeps ordered logs, inboxes and key packages, and never sees content.
 * It runs wherever JavaScript runs; stores and listeners are what tie it to a machine.
 *
 * ```ts
 * import { memoryRelay } from "@readback/relay";
 *
 * const relay = memoryRelay();
 * const transport = relay.transport(); // for createClient
 * await relay.close();
 * ```
 *
 * @packageDocumentation
 */
export { defaultLimits, type Rate, type RelayLimits } from "./limits.ts";
export { type MemoryRelay, type MemoryRelayOptions, memoryRelay } from "./memory-relay.ts";
export { type MemoryRelayStore, memoryRelayStore } from "./memory-relay-store.ts";
export { defaultRetention } from "./pruner.ts";
export { createRelay, type Relay, type RelayOptions } from "./relay.ts";
export type * from "./relay-store.ts";
export type { ServiceRecord } from "./service-record.ts";
