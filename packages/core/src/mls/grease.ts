import type { Random } from "../port/random.ts";
import type { Capabilities } from "./capabilities.ts";

/**
 * One of the 15 values that are reserved for meaning nothing (GREASE, RFC 9420 §13.5): as the type of an extension of a
 * key package, a leaf or a group information, or as the id of a component there, it shows who refuses what it does not
 * know. A leaf that has an extension of such a type has to list it among its capabilities.
 */
export function greaseOf(random: Random): number {
  let [draw = 0] = random(1);
  // 15 does not divide 256: the highest draw is drawn again, so that all values are equally likely.
  while (draw >= 255) [draw = 0] = random(1);
  return (draw % 15) * 0x1010 + 0x0a0a;
}

/** Capabilities to show to others, with one such value in each list where it must be ignored (RFC 9420 §7.2). */
export function withGrease(capabilities: Capabilities, random: Random): Capabilities {
  const greased = (list: readonly number[]): number[] => [...list, greaseOf(random)];
  return {
    versions: capabilities.versions,
    cipherSuites: greased(capabilities.cipherSuites),
    extensions: greased(capabilities.extensions),
    proposals: greased(capabilities.proposals),
    credentials: greased(capabilities.credentials),
  };
}
