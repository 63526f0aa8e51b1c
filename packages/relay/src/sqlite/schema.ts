/** The layout that {@link schema} makes, kept in `user_version`. */
export const schemaVersion = 5;

/**
 * Tables of a relay. Conversations and devices have short numbers, so that the rows that point at them stay small.
 *
 * Entries of all logs lie one after the other, as they came, and an append writes next to nothing else: a commit then writes few
 * pages however many logs it touches, which is what appending costs. The end of a log is its last entry. Where the
 * entries of a log are is written later, for many at once: see `places.ts`.
 */
export const schema = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL,
    suite INTEGER NOT NULL,
    signature_key BLOB NOT NULL,
    inbox_last INTEGER NOT NULL DEFAULT 0,
    inbox_length INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX device_by_person ON device (person, name);

  -- Full names of devices that are let in no more, also of such that never came here.
  CREATE TABLE revoked (device TEXT PRIMARY KEY, organisation TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX revoked_by_organisation ON revoked (organisation);
  CREATE TABLE revocation_service (
    domain TEXT PRIMARY KEY,
    signature_key BLOB NOT NULL,
    credential BLOB NOT NULL,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Once claimed, bytes is NULL: the reference stays until it expires, so that it is not stored again.
  CREATE TABLE key_package (
    device INTEGER NOT NULL,
    reference BLOB NOT NULL,
    suite INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    bytes BLOB,
    PRIMARY KEY (device, reference)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX key_package_to_claim ON key_package (device, suite) WHERE bytes IS NOT NULL;
  CREATE TABLE last_resort (
    device INTEGER NOT NULL,
    suite INTEGER NOT NULL,
    reference BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (device, suite)
  ) STRICT, WITHOUT ROWID;

  -- What the devices of a domain have brought here altogether.
  CREATE TABLE organisation (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    devices INTEGER NOT NULL DEFAULT 0,
    conversations INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL UNIQUE,
    epoch INTEGER NOT NULL,
    epoch_since INTEGER NOT NULL,
    handshake_seq INTEGER NOT NULL,
    commit_first INTEGER NOT NULL,
    group_id BLOB NOT NULL,
    pruned_size INTEGER NOT NULL DEFAULT 0,
    pruned_count INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE group_record (
    conversation INTEGER NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (conversation, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE group_info (conversation INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

  -- organisation: who has brought it. log_size: bytes of all payloads of its log, its own and pruned ones included.
  -- payload is NULL once it was pruned.
  CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    relay TEXT NOT NULL,
    previous_hash BLOB NOT NULL,
    payload_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    log_size INTEGER NOT NULL,
    organisation INTEGER NOT NULL,
    payload BLOB
  ) STRICT;
  -- Times ascend but where the clock was set back, so an append adds to its end.
  CREATE INDEX entry_to_prune ON entry (accepted_at)
    WHERE payload IS NOT NULL AND kind IN ('application', 'receipt');
  -- payload_key: the first half of the payload hash.
  CREATE TABLE entry_place (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    position INTEGER NOT NULL,
    payload_key BLOB NOT NULL,
    PRIMARY KEY (conversation, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE span (
    conversation INTEGER NOT NULL,
    device INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (conversation, device, since)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX span_by_device ON span (device, conversation);

  -- A Welcome (conversation, seq) is stored once for all its recipients; other_device is NULL then.
  CREATE TABLE inbox (
    device INTEGER NOT NULL,
    position INTEGER NOT NULL,
    conversation INTEGER,
    seq INTEGER,
    other_device TEXT,
    PRIMARY KEY (device, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE welcome (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (conversation, seq)
  ) STRICT, WITHOUT ROWID;
`;
