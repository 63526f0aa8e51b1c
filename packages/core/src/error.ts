/** Codes of refused or damaged bytes: nothing was changed by them. */
export type DecodeErrorCode =
  /** The bytes do not follow their grammar: truncated, trailing, non-minimal, out of range. */
  | "malformed"
  /** A length, count or size is over its limit. */
  | "too-large";

/** Codes of a call that cannot be carried out as asked: nothing was queued, stored or sent. */
export type UsageErrorCode =
  | "invalid-argument"
  | "empty-text"
  | "text-too-long"
  | "unknown-recipient"
  | "unknown-conversation"
  | "unknown-message"
  /** The message has no place in the log yet, so nobody but this device can vouch for it. */
  | "message-not-sent"
  /** Its author has taken the message back: it is not changed any more. */
  | "message-recalled"
  /** An answer, or a step of an escalation, that a member sent breaks the rules of its loop. */
  | "answer-refused"
  /** A device claims of the log what cannot be so; what rests on it does not count. */
  | "false-claim"
  /** Of a message: the credential of its author's device was not good when the relay accepted it. */
  | "credential-expired"
  /** Somebody cannot read a message, and it cannot be said to them again. */
  | "not-repairable"
  | "not-a-member"
  /** The conversation goes on in another one, at another relay: nothing is said in this one any more. */
  | "conversation-moved"
  | "unsupported-suite"
  /** The organisation has issued no credential for this device, or none that is one; `cause` tells. */
  | "enrolment-failed"
  | "aborted"
  | "closed"
  /** A listener of the application threw; `cause` is what it threw. */
  | "listener-failed"
  /** A defect of Readback itself; `cause` tells. */
  | "internal";

/** Codes of a {@link Storage} adapter or of what was read from it. */
export type StorageErrorCode =
  /** An expectation of `write` did not hold: another writer owns this store now. */
  | "storage-conflict"
  /** No room left on the device or in the quota. */
  | "storage-full"
  /** Another process or tab holds the store. */
  | "storage-locked"
  /** The store key does not open this store. */
  | "storage-wrong-key"
  /** A record is missing, truncated or fails its seal. */
  | "storage-damaged"
  /** This runtime or library version must not be used, for instance an SQLite with a known corruption bug. */
  | "storage-unsupported"
  /** Any other failure of the store; `cause` tells. */
  | "storage-failed";

/** Codes of the connection and of the relay's answers. */
export type RelayErrorCode =
  | "transport-failed"
  | "protocol-violation"
  | "login-refused"
  | "relay-refused"
  | "relay-busy"
  /** The relay keeps no more of this conversation, or for this organisation. */
  | "quota-exceeded"
  | "log-broken"
  /** This device was added to a conversation, and what lets it in is gone: somebody has to remove and add it again. */
  | "welcome-lost"
  /** Of a message: this device had lost its place in the group when it was said, and has a new one since. */
  | "missed-epoch"
  /** Of a message: the relay had forgotten it before this device came to read it. */
  | "pruned"
  /** The relay has signed two histories of a conversation's log: nothing is sent there any more. */
  | "log-forked";

/** Codes of RFC 9420 processing. A refused input leaves the group state untouched. */
export type MlsErrorCode = `mls-${string}`;

/** The stable name of what went wrong. Test by code, never by message or `instanceof`. */
export type ErrorCode = DecodeErrorCode | UsageErrorCode | StorageErrorCode | RelayErrorCode | MlsErrorCode;

/**
 * The one error class of Readback. `code` is stable across versions; the message is for people and never
 * contains keys, message text or identifiers.
 */
export class ReadbackError extends Error {
  /** The stable name of what went wrong. */
  readonly code: ErrorCode;

  /**
   * @param code - the stable name
   * @param message - one sentence for people, free of content and identifiers
   * @param options - `cause` keeps the original error
   */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ReadbackError";
    this.code = code;
  }
}

/** True if `error` is a {@link ReadbackError} of the given code, also across duplicate installs. */
export function hasCode(error: unknown, code: ErrorCode): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
