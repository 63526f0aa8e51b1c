import { sameBytes } from "../codec/bytes.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { hasCode, ReadbackError } from "../error.ts";
import type { ReInit } from "../mls/proposal.ts";
import { mls10 } from "../mls/protocol-version.ts";
import { identifierSize, type LogHead } from "../wire/entry.ts";
import { endHere, isMovable, moveAway } from "./continue.ts";
import { continuedIn, hubExtension, namesHub } from "./group-data.ts";
import { type DeviceName, fullName, isSameDevice } from "./identity.ts";
import { verifyHead } from "./log-entry.ts";
import { presentMembers } from "./members.ts";
import { servicesToKeep } from "./revocation-services.ts";
import type { ConversationState, Intent } from "./state.ts";
import type { Step } from "./step.ts";

type ReInitIntent = Extract<Intent, { type: "reinit" }>;

/**
 * What a reinitialization asks for (RFC 9420 §12.1.5): a group of another cipher suite, on the same relay, that names the
 * end of this log. Throws `unknown-recipient` where a member is not known to have keys of the suite: once this group has
 * ended, nothing could be said before it has.
 */
export function reInitFor({ state, tools }: Step, { suite, devices }: ReInitIntent): ReInit {
  const known = new Set(devices);
  const isKnown = (member: DeviceName): boolean =>
    known.has(fullName(member)) || isSameDevice(member, state.self);
  if (!presentMembers(state).every(isKnown))
    throw new ReadbackError("unknown-recipient", "A device of a member has no keys of the cipher suite.");
  const services = state.group ? servicesToKeep(tools.authority, state.group, tools.relayNow) : [];
  const extensions = [hubExtension(state.hub, state.log.head), ...services];
  return { groupId: tools.random(identifierSize), version: mls10, cipherSuite: suite, extensions };
}

/**
 * The conversation that has to follow one whose group was reinitialized, or `undefined` where it was not, or so that nobody
 * could follow: it names its relay, and an end of the old log that the relay has signed.
 */
export function successorOf(
  { id, group, hub }: ConversationState,
  logSuite: CipherSuite,
): { readonly id: Uint8Array; readonly suite: number; readonly end: LogHead } | undefined {
  const reInit = group?.reInit;
  if (reInit === undefined || reInit.groupId.length !== identifierSize) return undefined;
  if (!namesHub(reInit.extensions, hub)) return undefined;
  const end = namedEnd(reInit.extensions);
  const isOurs =
    end !== undefined && sameBytes(end.conversation, id) && verifyHead(logSuite, hub.logKey, end);
  return isOurs ? { id: reInit.groupId, suite: reInit.cipherSuite, end } : undefined;
}

/**
 * Takes note that the group has ended: nothing is said in it any more. Where whoever has ended it had seen another history,
 * that is a fork.
 */
export function endGroup(step: Step): void {
  const { state, tools } = step;
  if (state.group?.reInit === undefined || !isMovable(state.phase)) return;
  const end = successorOf(state, tools.logSuite)?.end;
  if (end === undefined) endHere(step);
  else moveAway(step, end);
}

function namedEnd(extensions: ReInit["extensions"]): LogHead | undefined {
  try {
    return continuedIn(extensions);
  } catch (error) {
    if (hasCode(error, "malformed") || hasCode(error, "too-large")) return undefined;
    throw error;
  }
}
