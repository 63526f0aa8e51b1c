import { hex } from "../codec/hex.ts";
import { fullName } from "../conversation/identity.ts";
import { successorOf } from "../conversation/reinitialize.ts";
import { ReadbackError } from "../error.ts";
import { decodeKeyPackage } from "../mls/key-package.ts";
import { carryOut, checkActive } from "./change-members.ts";
import { othersIn } from "./continuing.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { suiteOf } from "./device.ts";
import { claimKeyPackages } from "./recipients.ts";
import type { Session } from "./session.ts";

/** What has to follow a conversation, and what was taken for it. */
export interface Following {
  readonly id: string;
  /** Nobody else has them. */
  readonly keyPackages: readonly Uint8Array[];
}

/**
 * Ends the group of a conversation so that one of another suite follows it. Resolves with what has to follow, once the log
 * has it; see the method of a client for the codes.
 */
export async function reinitialize(
  runtime: ConversationRuntime,
  suiteId: number,
  signal: AbortSignal | undefined,
): Promise<Following> {
  const suite = suiteOf(runtime.engine.device, suiteId);
  checkActive(runtime.state.phase);
  if (runtime.state.group?.suite.id === suite.id)
    throw new ReadbackError("invalid-argument", "The conversation has this cipher suite.");
  const session = await runtime.presence.online(signal);
  if (!runtime.isHub(session))
    throw new ReadbackError("invalid-argument", "Another relay keeps this conversation.");
  // Once it has ended nothing can be said before all are in the next one: better not to begin where somebody is missing.
  const keyPackages = await claimForMembers(runtime, session, suite.id);
  const devices = keyPackages.flatMap((bytes) => {
    const name = runtime.engine.authority.identify(decodeKeyPackage(bytes).leafNode.credential);
    return name === undefined ? [] : [fullName(name)];
  });
  await carryOut(runtime, { type: "reinit", suite: suite.id, devices }, signal);
  const next = successorOf(runtime.state, runtime.engine.device.logSuite);
  if (next === undefined) throw new ReadbackError("conversation-moved", "It goes on in another one.");
  return { id: hex(next.id), keyPackages };
}

/** Takes key packages of a suite for all devices of the members, but for this one. Rejects as `claimKeyPackages`. */
export function claimForMembers(
  runtime: ConversationRuntime,
  session: Session,
  suite: number,
): Promise<Uint8Array[]> {
  const persons = [...othersIn(runtime), runtime.self.person];
  return claimKeyPackages(session, runtime.engine, { suite, persons, except: [] });
}
