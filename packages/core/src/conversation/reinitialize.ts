import { ReadbackError } from "../error.ts";
import type { ReInit } from "../mls/proposal.ts";
import { mls10 } from "../mls/protocol-version.ts";
import { identifierSize } from "../wire/entry.ts";
import { hubExtension, namesHub } from "./group-data.ts";
import { type DeviceName, fullName, isSameDevice } from "./identity.ts";
import { presentMembers } from "./members.ts";
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
  const extensions = [hubExtension(state.hub, state.log.head)];
  return { groupId: tools.random(identifierSize), version: mls10, cipherSuite: suite, extensions };
}

/** The conversation that has to follow one whose group was reinitialized, or `undefined` where it was not, or for nothing good. */
export function successorOf({
  group,
  hub,
}: ConversationState): { id: Uint8Array; suite: number } | undefined {
  const reInit = group?.reInit;
  if (reInit === undefined || reInit.groupId.length !== identifierSize) return undefined;
  if (!namesHub(reInit.extensions, hub)) return undefined;
  return { id: reInit.groupId, suite: reInit.cipherSuite };
}
