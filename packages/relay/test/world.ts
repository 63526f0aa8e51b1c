import { type CredentialAuthority, unsafeDevelopmentAuthority } from "@readback/core";
import { defaultCryptoProvider } from "@readback/core/crypto";
import { type ManualClock, manualClock, seededRandom } from "@readback/core/testing";
import type { Accept, Clock, CloseReason, Connection, ConnectionHandler, Random } from "@readback/core/wire";
import type { RelayLimits } from "../src/limits.ts";
import { type MemoryRelayStore, memoryRelayStore } from "../src/memory-relay-store.ts";
import { createRelay, type Relay } from "../src/relay.ts";
import type { RelayStore } from "../src/relay-store.ts";

export const crypto = defaultCryptoProvider();

/** What a device needs of the world around it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Opens a connection to the relay. */
  connect(handler: Pick<ConnectionHandler, "onFrame">, origin?: string): Wire | Promise<Wire>;
}

/** A relay in this process with everything a test moves by hand. */
export interface World extends Surroundings {
  readonly relay: Relay;
  readonly store: RelayStore;
  readonly clock: ManualClock;
  /** What operators would have read. */
  readonly log: string[];
}

export async function makeWorld(
  options: {
    limits?: Partial<RelayLimits>;
    store?: RelayStore;
    seed?: string;
    retention?: number;
    authority?: (start: number) => CredentialAuthority;
  } = {},
): Promise<World> {
  const clock = manualClock();
  const random = seededRandom(options.seed ?? "relay");
  const store: RelayStore | MemoryRelayStore = options.store ?? memoryRelayStore();
  const log: string[] = [];
  const relay = await createRelay({
    name: "relay.example",
    store,
    authority: options.authority?.(clock.now()) ?? unsafeDevelopmentAuthority(),
    clock,
    random,
    // Nothing is pruned unless a test wants it, so that no clock runs while nothing goes on.
    retention: options.retention ?? Number.POSITIVE_INFINITY,
    logger: (entry) => log.push(JSON.stringify(entry)),
    ...(options.limits && { limits: options.limits }),
  });
  const connect: World["connect"] = (handler, origin) => dial(relay.accept, handler, origin);
  return { relay, store, clock, random, log, connect };
}

/** The other end of a connection to a relay, without a network. */
export interface Wire extends Connection {
  readonly closed: Promise<CloseReason>;
  readonly isClosed: boolean;
  /** While set, the relay's frames wait. */
  stall(): void;
  resume(): void;
}

/** Connects to a relay. Frames are copied and arrive later, in order, as on any transport. */
export function dial(accept: Accept, handler: Pick<ConnectionHandler, "onFrame">, origin?: string): Wire {
  let closed = false;
  let stalled: Promise<void> | undefined;
  let unstall = (): void => {};
  let settle: (reason: CloseReason) => void = () => {};
  const over = new Promise<CloseReason>((resolve) => {
    settle = resolve;
  });
  const end = (kind: CloseReason["kind"]): void => {
    if (closed) return;
    closed = true;
    unstall();
    queueMicrotask(() => relaySide.onClose({ kind: kind === "local" ? "remote" : "local" }));
    settle({ kind });
  };
  const fromRelay: Connection = {
    async send(frame) {
      const copy = frame.slice();
      await stalled;
      if (closed) throw new Error("closed");
      handler.onFrame(copy);
    },
    close: async () => end("remote"),
  };
  const relaySide = accept(fromRelay, origin);
  return {
    async send(frame) {
      const copy = frame.slice();
      await Promise.resolve();
      if (!closed) relaySide.onFrame(copy);
    },
    close: async () => end("local"),
    closed: over,
    get isClosed() {
      return closed;
    },
    stall() {
      stalled = new Promise((resolve) => {
        unstall = resolve;
      });
    },
    resume() {
      unstall();
      stalled = undefined;
    },
  };
}
