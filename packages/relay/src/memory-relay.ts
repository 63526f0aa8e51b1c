import {
  type Clock,
  type CredentialAuthority,
  type Logger,
  memoryTransport,
  type Random,
  systemClock,
  systemRandom,
  type Transport,
  unsafeDevelopmentAuthority,
} from "@readback/core";
import type { CryptoProvider } from "@readback/core/crypto";
import type { RelayLimits } from "./limits.ts";
import { type MemoryRelayStore, memoryRelayStore } from "./memory-relay-store.ts";
import { createRelay } from "./relay.ts";

/** What {@link memoryRelay} takes; everything has a default. */
export interface MemoryRelayOptions {
  /** Default: `relay.example`. */
  readonly name?: string;
  /** Default: the one for development, which believes every device what it says its name is. */
  readonly authority?: CredentialAuthority;
  /** Default: a fresh one. Give it to start a relay again with what it had. The relay does not close it. */
  readonly store?: MemoryRelayStore;
  /** As of `createRelay`: whoever adds suites to clients adds them here too. */
  readonly crypto?: CryptoProvider;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** As of `createRelay`. */
  readonly retention?: number;
  readonly limits?: Partial<RelayLimits>;
}

/** A relay in this process, with a network to reach it. */
export interface MemoryRelay {
  /** What clients dial it with. */
  transport(): Transport;
  /** Cuts every connection, as a broken network does. Clients may dial again at once. */
  cut(): void;
  /** Drains and closes. Idempotent. */
  close(): Promise<void>;
}

/**
 * A whole relay in memory, for quick starts, demos and tests, in browsers too.
 *
 * ```ts
 * const relay = memoryRelay();
 * const client = await createClient({ ..., transport: relay.transport() });
 * ```
 */
export function memoryRelay(options: MemoryRelayOptions = {}): MemoryRelay {
  const starting = createRelay({
    name: options.name ?? "relay.example",
    store: options.store ?? memoryRelayStore(),
    authority: options.authority ?? unsafeDevelopmentAuthority(),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    ...(options.crypto && { crypto: options.crypto }),
    ...(options.logger && { logger: options.logger }),
    ...(options.retention && { retention: options.retention }),
    ...(options.limits && { limits: options.limits }),
  }).then((relay) => ({ relay, network: memoryTransport(relay.accept) }));
  // Whoever connects or closes hears of a start that failed.
  starting.catch(() => {});
  let cut = (): void => {};
  void starting.then(
    ({ network }) => {
      cut = () => network.cut();
    },
    () => {},
  );

  const transport: Transport = {
    connect: async (handler, signal) => (await starting).network.connect(handler, signal),
  };
  return {
    transport: () => transport,
    cut: () => cut(),
    close: async () => {
      const { relay, network } = await starting;
      await relay.close();
      await network.close();
    },
  };
}
