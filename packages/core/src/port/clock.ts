/** Time, as an input: milliseconds since 1970-01-01T00:00:00Z, and one wake-up at a time. */
export interface Clock {
  /** Milliseconds since the epoch. May jump in either direction; nothing that members must agree on depends on it. */
  now(): number;
  /** Runs `run` once, not before `at`. Returns its undo, which is idempotent. `run` must not throw. */
  wake(at: number, run: () => void): () => void;
}
