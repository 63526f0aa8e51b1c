import type { Device } from "../world/device.ts";
import type { LogRecord } from "./log-record.ts";

/**
 * Whether a device has opened a log and given it up: nobody could be added, for instance since one of those invited was revoked
 * meanwhile. The log stays, with nobody in it who knows of it.
 */
export function isGivenUp({ client }: Device, { id, head, stays }: LogRecord): boolean {
  return head === 1 && stays.size === 1 && client !== undefined && client.conversation(id) === undefined;
}
