/** The key of every store that a bench makes. What is in them is nobody's secret. */
export const storeKey: Uint8Array = new Uint8Array(32).fill(7);
