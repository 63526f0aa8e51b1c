import { hex } from "../codec/hex.ts";
import { encode } from "../codec/writer.ts";
import type { Credential } from "../mls/credential.ts";
import type { Group } from "../mls/group-state.ts";
import { decodeKeyPackage } from "../mls/key-package.ts";
import { members } from "../mls/ratchet-tree.ts";
import { retiredSecrets } from "../mls/retired-secrets.ts";
import { refusal } from "../mls/rule.ts";
import { type LogHead, writeLogHead } from "../wire/entry.ts";
import { freeze } from "./freeze.ts";
import { continuedIn } from "./group-data.ts";
import { type CredentialAuthority, fullName } from "./identity.ts";
import { verifyHead } from "./log-entry.ts";
import { contradicts } from "./receive-head.ts";
import { recordName } from "./record-name.ts";
import type { ConversationState } from "./state.ts";
import type { Step, StepTools } from "./step.ts";
import { giveUp } from "./submit.ts";

/**
 * Key packages of devices that are in the group: only they can go on in another one that is bound to it (RFC 9420 §11.3).
 * A device whose credential was renewed is the same one.
 */
export function packagesOfMembers(
  authority: CredentialAuthority,
  group: Group,
  keyPackages: readonly Uint8Array[],
): Uint8Array[] {
  const nameOf = (credential: Credential): string | undefined => {
    const device = authority.identify(credential);
    return device && fullName(device);
  };
  const known = new Set(members(group.tree).map(([, { credential }]) => nameOf(credential)));
  known.delete(undefined);
  return keyPackages.filter((bytes) => known.has(nameOf(decodeKeyPackage(bytes).leafNode.credential)));
}

/** Keeps which conversation this one goes on with. */
export function keepContinued(step: Step, head: LogHead): void {
  step.put(recordName.continues, encode(writeLogHead, head));
}

/**
 * The end of the conversation that a group which was just joined goes on with; `undefined` where it goes on with none, or
 * where that cannot be known: whoever is added later gets no secret of the old group, and anybody could claim it. Throws
 * `mls-successor-link` where the group says something else than its Welcome, or names an end that the old hub has not signed.
 *
 * @param old - the conversation whose secret the Welcome took
 */
export function checkContinued(
  group: Group,
  old: ConversationState | undefined,
  tools: StepTools,
): LogHead | undefined {
  const head = continuedIn(group.context.extensions);
  if (old === undefined) {
    if (head !== undefined && group.epoch === 1n) throw refusal("mls-successor-link");
    return undefined;
  }
  const isOurs = head !== undefined && hex(head.conversation) === hex(old.id);
  if (!isOurs || !verifyHead(tools.logSuite, old.hub.logKey, head)) throw refusal("mls-successor-link");
  return head;
}

/**
 * Takes note that a conversation goes on in another one: nothing is sent here any more. What waited is given up, and said
 * to be: whether the old relay has taken it, nobody knows. Where the mover had seen another history, that is a fork.
 *
 * @param head - the end of the log that the other conversation names
 */
export function moveAway(step: Step, head: LogHead): void {
  if (!isMovable(step.state.phase)) return;
  if (contradicts(step.state, head.seq, head.entryHash)) {
    freeze(step, { seq: head.seq, other: { headers: [], head }, by: undefined });
    return;
  }
  endHere(step);
}

/** Nothing more is said here. Happens again as often as one likes. */
export function endHere(step: Step): void {
  const { intents, outgoing, staged } = step.state;
  // What was handed over may still come true, where the old relay comes back.
  for (const { number } of intents)
    if (number !== staged?.intent) step.endIntent(number, "conversation-moved");
  for (const { number } of outgoing) giveUp(step, number, "conversation-moved");
  step.enter("moved");
}

/** The secrets of a group that has ended go, once what follows it is there; that it is not lost stays stored. */
export function retireGroup(step: Step): void {
  const { group } = step.state;
  if (group === undefined) return;
  step.consumed.push(...retiredSecrets(group));
  step.put(recordName.retired, new Uint8Array());
  step.update({ group: undefined });
}

/** Whether a conversation in this phase becomes one that has moved; a frozen one stays as it is. */
export function isMovable(phase: ConversationState["phase"]): boolean {
  return phase === "active" || phase === "leaving" || phase === "halted";
}
