import { ReadbackError } from "../error.ts";

/** Throws `invalid-argument` unless `bytes` is exactly `size` bytes long: a mistake of the caller, not of a peer. */
export function requireSize(bytes: Uint8Array, size: number, what: string): void {
  if (bytes.length !== size) throw invalidArgument(`${what} must be ${size} bytes long.`);
}

/** The error of a call that its caller got wrong. */
export function invalidArgument(message: string): ReadbackError {
  return new ReadbackError("invalid-argument", message);
}
