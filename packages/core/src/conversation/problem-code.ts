import { type ErrorCode, ReadbackError } from "../error.ts";

/** The stable code of what a step threw at one entry; anything that is not an error of ours is a bug and goes up. */
export function problemCode(error: unknown): ErrorCode {
  if (error instanceof ReadbackError) return error.code;
  throw error;
}
