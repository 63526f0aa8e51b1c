import { maximumApplicationSize, ReadbackError } from "@readback/core/wire";

/** A token bucket: `burst` at once, refilled evenly by `perMinute`. */
export interface Rate {
  readonly burst: number;
  readonly perMinute: number;
}

/** What a relay allows. Sizes in bytes, times in milliseconds. */
export interface RelayLimits {
  /** From the connection to the login's acceptance. */
  readonly loginTime: number;
  /** Connections that have not logged in yet, all together and from one origin. */
  readonly strangers: number;
  readonly strangersPerOrigin: number;
  /** From a message's first frame to its last; longer by one second for each `readRate` bytes that have come. */
  readonly messageTime: number;
  readonly readRate: number;
  /** Requests that wait on one connection for those before them: their bytes, and 256 more for each. */
  readonly waitingBytes: number;
  /** The same before its login is answered. */
  readonly waitingBytesBeforeLogin: number;
  /** What waits to be sent on one connection; a slower reader is cut off and resumes by its cursors. */
  readonly outgoingBytes: number;
  /** Connections of one device; the oldest gives way. */
  readonly connectionsPerDevice: number;
  readonly devicesPerPerson: number;
  /** Of one domain, altogether. */
  readonly devicesPerOrganisation: number;
  readonly conversationsPerOrganisation: number;
  /** Bytes of all payloads that are kept of what the devices of one domain have brought. */
  readonly organisationSize: number;
  readonly oneTimeKeyPackages: number;
  readonly keyPackageSize: number;
  readonly personsPerClaim: number;
  readonly devicesPerClaim: number;
  readonly membersPerConversation: number;
  /** Proposals that wait for a commit. */
  readonly waitingProposals: number;
  readonly applicationSize: number;
  /** A commit, a proposal, or the GroupInfo that opens a log. */
  readonly handshakeSize: number;
  readonly welcomeSize: number;
  /** All payloads that are kept of one log: their bytes, and how many there may be for one more message to be taken. */
  readonly conversationSize: number;
  readonly conversationEntries: number;
  /** Items that wait in one inbox. */
  readonly inboxItems: number;
  /** Payloads of one page of a log or an inbox. */
  readonly pageSize: number;
  /** Everything a device asks for. */
  readonly requests: Rate;
  /** Messages and receipts of one device. */
  readonly sends: Rate;
  /** Commits and proposals of one device in one conversation. */
  readonly handshakes: Rate;
  /** What one device says of commits in one conversation that it cannot process. */
  readonly faults: Rate;
  /** Conversations that one device opens. */
  readonly creations: Rate;
  /** Claims of one device for one person. */
  readonly claims: Rate;
  /** What a closing relay waits for connections to take their last bytes. */
  readonly drainTime: number;
}

/** Limits for relays that face the internet. */
export const defaultLimits: RelayLimits = {
  loginTime: 5_000,
  strangers: 1_000,
  strangersPerOrigin: 10,
  messageTime: 10_000,
  readRate: 1_024,
  waitingBytes: 8_388_608,
  waitingBytesBeforeLogin: 65_536,
  outgoingBytes: 1_048_576,
  connectionsPerDevice: 8,
  devicesPerPerson: 32,
  devicesPerOrganisation: 100_000,
  conversationsPerOrganisation: 1_000_000,
  organisationSize: 1_099_511_627_776,
  oneTimeKeyPackages: 200,
  keyPackageSize: 12_288,
  personsPerClaim: 256,
  devicesPerClaim: 256,
  membersPerConversation: 512,
  waitingProposals: 256,
  applicationSize: maximumApplicationSize,
  handshakeSize: 2_097_152,
  welcomeSize: 3_145_728,
  conversationSize: 536_870_912,
  conversationEntries: 100_000,
  inboxItems: 10_000,
  pageSize: 1_048_576,
  requests: { burst: 500, perMinute: 6_000 },
  sends: { burst: 100, perMinute: 1_200 },
  handshakes: { burst: 20, perMinute: 5 },
  faults: { burst: 5, perMinute: 1 },
  creations: { burst: 60, perMinute: 30 },
  claims: { burst: 10, perMinute: 10 },
  drainTime: 5_000,
};

/** The limits to work with. Throws `invalid-argument` where one is unknown, or neither a number from 1 nor a rate. */
export function completeLimits(limits: Partial<RelayLimits> = {}): RelayLimits {
  for (const [name, value] of Object.entries(limits)) {
    const isKnown = Object.hasOwn(defaultLimits, name);
    const isNumber = typeof defaultLimits[name as keyof RelayLimits] === "number";
    if (!isKnown || !(isNumber ? isLimit(value) : isRate(value)))
      throw new ReadbackError("invalid-argument", "A limit of a relay is unknown or out of range.");
  }
  return { ...defaultLimits, ...limits };
}

function isLimit(value: unknown): boolean {
  return typeof value === "number" && value >= 1;
}

function isRate(value: unknown): boolean {
  const rate = value as Partial<Rate> | undefined;
  return isLimit(rate?.burst) && isLimit(rate?.perMinute);
}
