import type { CredentialAuthority } from "@readback/core";
import { type CryptoProvider, defaultCryptoProvider } from "@readback/core/crypto";
import { logSuiteId } from "@readback/core/log";
import {
  type Accept,
  type Clock,
  type Connection,
  encodeRelayMessage,
  type Logger,
  type Random,
  ReadbackError,
  splitMessage,
} from "@readback/core/wire";
import { Connections } from "./connections.ts";
import { FanOut } from "./fan-out.ts";
import { GroupCache } from "./group-cache.ts";
import type { Hub } from "./hub.ts";
import { completeLimits, type RelayLimits } from "./limits.ts";
import { checkRetention, Pruner } from "./pruner.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { checkRelayName } from "./relay-name.ts";
import type { RelayStore } from "./relay-store.ts";
import { Session } from "./session.ts";

/** What {@link createRelay} takes. */
export interface RelayOptions {
  /** The relay's name as it stands in log entries, 1 to 256 bytes of UTF-8: a domain, for instance. */
  readonly name: string;
  /** Where everything is kept. The relay does not close it. */
  readonly store: RelayStore;
  /** Judges the credentials of devices and of members, and says whose they are. */
  readonly authority: CredentialAuthority;
  readonly clock: Clock;
  readonly random: Random;
  /** The default is the fastest provider of this runtime. */
  readonly crypto?: CryptoProvider;
  /** The default is silence. */
  readonly logger?: Logger;
  /**
   * Milliseconds that payloads of messages and receipts are kept from when they were accepted: 30 days unless given, a
   * day at least, `Infinity` for ever. Headers, hashes, commits and proposals are kept in any case.
   */
  readonly retention?: number;
  /** What differs from `defaultLimits`. */
  readonly limits?: Partial<RelayLimits>;
}

/** A running relay. It listens to nothing by itself: a transport hands it connections. */
export interface Relay {
  /** The public key that signs log heads, in the scheme of suite 0x0002. */
  readonly logKey: Uint8Array;
  /** Takes over one connection. */
  readonly accept: Accept;
  /**
   * Drains: takes no more requests, finishes those under way, says goodbye and closes all connections. Resolves when
   * nothing of the relay runs any more; the store may be closed then. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Starts a relay. The key that signs log heads is made on the first start and kept in the store.
 * Rejects with `unsupported-suite` where the provider lacks suite 0x0002, with `invalid-argument` for a name, a
 * retention or limits that are none, and as the store does.
 */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const retention = checkRetention(options.retention);
  const hub = await makeHub(options);
  const { store, clock, logger } = hub;
  const pruner = new Pruner({ store, clock, logger, retention });
  pruner.start();
  const sessions = new Set<Session>();
  let closing: Promise<void> | undefined;

  const accept: Accept = (connection, origin) => {
    const leave = closing === undefined ? hub.connections.admit(origin) : undefined;
    if (leave === undefined) return turnAway(hub, connection);
    const session: Session = new Session(hub, connection, leave, () => sessions.delete(session));
    sessions.add(session);
    return session;
  };

  return {
    logKey: hub.logKeys.publicKey,
    accept,
    close: () => {
      closing ??= Promise.all([pruner.stop(), ...[...sessions].map((session) => session.drain())]).then(() =>
        hub.connections.close(),
      );
      return closing;
    },
  };
}

async function makeHub(options: RelayOptions): Promise<Hub> {
  const { name, store, authority, clock, random } = options;
  checkRelayName(name);
  const crypto = options.crypto ?? defaultCryptoProvider();
  const logSuite = crypto.suite(logSuiteId);
  if (logSuite === undefined) {
    throw new ReadbackError("unsupported-suite", "A relay needs suite 0x0002 to sign its logs.");
  }
  const { signature } = logSuite;
  const seed = await store.setting("log-key-seed", random(signature.seedSize));
  const logKeys = signature.deriveKeyPair(seed);
  const limits = completeLimits(options.limits);
  return {
    name,
    store,
    limits,
    clock,
    random,
    logger: options.logger ?? (() => {}),
    crypto,
    logSuite,
    logKeys,
    authority,
    rates: new RateLimiter(),
    fanOut: new FanOut(),
    groups: new GroupCache(),
    connections: new Connections(limits),
  };
}

/** Closes a connection that there is no room for; it may come again later. */
function turnAway(hub: Hub, connection: Connection): ReturnType<Accept> {
  hub.logger({ level: "debug", event: "connection-ended", details: { reason: "turned-away" } });
  const close = (): void => void connection.close();
  const [goodbye] = splitMessage(encodeRelayMessage({ type: "goodbye" }));
  connection.send(goodbye as Uint8Array).then(close, close);
  return { onFrame: () => {}, onClose: () => {} };
}
