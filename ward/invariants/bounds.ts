import type { Device } from "../world/device.ts";
import { Violation } from "./violation.ts";

/** Connections that one process may hold at once: the one it has, and the one it gives up. */
const mostConnections = 2;
/** Timers of a client and of each conversation, and while there are requests under way one for each of those (64). */
const mostTimers = { ofClient: 12, ofConversation: 4, ofRequests: 64 };
/** Frames that may wait in one direction of a connection whose other side takes none. */
const mostFrames = 64;
/**
 * Key packages on a disk: the relay holds 20 and one more of each suite, and those that never arrived there are replaced. With
 * credentials that end all are, and stay for as long as somebody may use them: then a client's own bound is the limit.
 */
const mostKeyPackages = { usual: 300, ofSuite: 500 } as const;

/**
 * I13: what a device keeps and waits for is bounded, at any time, and more narrowly once all is done.
 *
 * @param isAtRest - nothing is under way any more
 */
export function checkBounds(
  { fullName, life, clock, line, storage, client, credentials, suites }: Device,
  isAtRest: boolean,
): void {
  const conversations = client?.conversations().length ?? 0;
  const open = life?.process.open ?? 0;
  if (open > (isAtRest ? 1 : mostConnections))
    throw new Violation("I13", `${fullName} has ${open} connections`);
  for (const { backlog } of line.connections)
    if (backlog > mostFrames)
      throw new Violation("I13", `${fullName} has ${backlog} frames in one direction`);
  const { ofClient, ofConversation, ofRequests } = mostTimers;
  const timers = ofClient + (ofConversation + (isAtRest ? 0 : ofRequests)) * conversations;
  if (client !== undefined && clock.pending > timers)
    throw new Violation("I13", `${fullName} waits for ${clock.pending} timers`);
  const keyPackages = storage.entries.keysBelow("key-package").length;
  if (keyPackages > (credentials.isEnding ? mostKeyPackages.ofSuite * suites.length : mostKeyPackages.usual))
    throw new Violation("I13", `${fullName} has ${keyPackages} key packages`);
}
