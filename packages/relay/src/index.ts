/**
 * `@readback/relay`: the hub between devices. It keeps ordered logs, inboxes and key packages, and never sees content.
 *
 * @packageDocumentation
 */
export { type MemoryRelayStore, memoryRelayStore } from "./memory-relay-store.ts";
export type * from "./relay-store.ts";
