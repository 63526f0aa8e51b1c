/** Overwrites secrets that are no longer needed. `undefined` is passed over, so optional secrets need no test. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}
