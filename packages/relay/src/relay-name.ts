import { maximumNameSize, ReadbackError, utf8 } from "@readback/core/wire";

/** Throws `invalid-argument` where a relay cannot have this name: log entries hold 1 to 256 bytes of it. */
export function checkRelayName(name: string): void {
  const { length } = utf8(name);
  if (length < 1 || length > maximumNameSize)
    throw new ReadbackError("invalid-argument", "The name of a relay has 1 to 256 bytes.");
}
