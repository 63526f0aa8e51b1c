/**
 * Seconds that a key package may be good for at most: 100 days (profile RB-1; RFC 9420 §7.2 has applications say it). A
 * device that nobody has heard of for that long can be added no more.
 */
export const longestLeafLifetime = 8_640_000n;
