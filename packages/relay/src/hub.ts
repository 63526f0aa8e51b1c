import type { CredentialAuthority } from "@readback/core";
import type { CipherSuite, CryptoProvider, KeyPair } from "@readback/core/crypto";
import type { Clock, Logger, Random } from "@readback/core/wire";
import type { Connections } from "./connections.ts";
import type { FanOut } from "./fan-out.ts";
import type { GroupCache } from "./group-cache.ts";
import type { RelayLimits } from "./limits.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { RelayStore } from "./relay-store.ts";

/** What all connections of one relay share. */
export interface Hub {
  /** As it stands in log entries. */
  readonly name: string;
  readonly store: RelayStore;
  readonly limits: RelayLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly crypto: CryptoProvider;
  /** The suite that hashes entries and signs heads. */
  readonly logSuite: CipherSuite;
  readonly logKeys: KeyPair;
  readonly authority: CredentialAuthority;
  readonly rates: RateLimiter;
  readonly fanOut: FanOut;
  readonly groups: GroupCache;
  readonly connections: Connections;
}

/** A device that has proved who it is, or the revocation service of a domain, see `service-name.ts`. */
export interface KnownDevice {
  /** The full name: person, a slash, the person's device. */
  readonly name: string;
  readonly person: string;
  readonly signatureKey: Uint8Array;
  /** When the credential that it has shown at login ends, in milliseconds: perhaps before the connection does. */
  readonly until: number | undefined;
}
