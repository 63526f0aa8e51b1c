/**
 * `@readback/relay/testing`: what it takes to check a relay store of one's own.
 *
 * @packageDocumentation
 */
import { closingCases } from "./testing/closing-cases.ts";
import { deviceCases } from "./testing/device-cases.ts";
import { logCases } from "./testing/log-cases.ts";
import { longLogCases } from "./testing/long-log-cases.ts";
import { pruningCases } from "./testing/pruning-cases.ts";
import type { RelayStoreCase } from "./testing/relay-store-case.ts";
import { revocationCases } from "./testing/revocation-cases.ts";

export type { MakeRelayStore, RelayStoreCase, RelayStoreSubject } from "./testing/relay-store-case.ts";

/**
 * The contract of `RelayStore` as data: a store is complete when all of them pass.
 *
 * ```ts
 * for (const { name, run } of relayStoreCases) test(name, () => run(make));
 * ```
 */
export const relayStoreCases: readonly RelayStoreCase[] = [
  ...deviceCases,
  ...logCases,
  ...longLogCases,
  ...pruningCases,
  ...revocationCases,
  ...closingCases,
];
