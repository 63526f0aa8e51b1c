import type { CryptoProvider } from "../crypto/suite.ts";
import type { Clock } from "../port/clock.ts";
import type { Logger } from "../port/logger.ts";
import type { Random } from "../port/random.ts";
import type { Storage } from "../port/storage.ts";
import type { Transport } from "../port/transport.ts";
import type { Identity } from "./identity.ts";
import type { Retention } from "./retention.ts";

/** What a client is made of. */
export interface ClientOptions {
  /** Who this device is. */
  readonly identity: Identity;
  /** How to reach the relay. */
  readonly transport: Transport;
  /** Where everything is kept; one client a store. It is closed with the client. */
  readonly storage: Storage;
  /**
   * 32 bytes that seal every stored value; the same for the life of the store. Copied. Where they are kept safe is the
   * application's to decide. May be left out only for `memoryStorage()`, whose contents end with the process.
   */
  readonly storeKey?: Uint8Array;
  /**
   * The cipher suites that conversations of this device may have, by their IANA numbers; all members of one use the same.
   * The first is that of conversations opened here. They are of one signature scheme, since a device has one key, and the
   * scheme stays the same for the life of the store. Only 0x0002 unless given.
   */
  readonly suites?: readonly number[];
  /** Where cryptography comes from: by itself the fastest that the runtime has. */
  readonly crypto?: CryptoProvider;
  /** Time; the system's unless given. */
  readonly clock?: Clock;
  /** Randomness; the system's unless given. Only tests give another. */
  readonly random?: Random;
  /**
   * For how long messages are kept on this device, with all that proves them; for good unless given. The organisation's
   * policy decides, and its archive is kept elsewhere.
   */
  readonly retention?: Retention;
  /** Ends the wait for the first credential, where the identity has to ask an organisation for one. */
  readonly signal?: AbortSignal;
  /** Receives lines for operators; silent unless given. */
  readonly logger?: Logger;
}
