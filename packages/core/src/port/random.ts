/**
 * Gives `length` fresh bytes from a cryptographically secure source. The caller owns the array and may overwrite it.
 * Must throw rather than return weaker bytes.
 */
export type Random = (length: number) => Uint8Array;
