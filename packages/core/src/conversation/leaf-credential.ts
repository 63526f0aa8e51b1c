import { isSameCredential } from "../mls/credential.ts";
import { leafAt } from "../mls/group-view.ts";
import type { MessageRecord } from "./message-record.ts";
import { rejoinIntent } from "./rejoin.ts";
import { namesEnding } from "./revocation-services.ts";
import type { ConversationState } from "./state.ts";
import type { Step, StepTools } from "./step.ts";

/**
 * Milliseconds that a credential has to be good for yet when something is handed over: longer than that takes, and clocks
 * differ.
 */
const margin = 300_000;

/** Milliseconds before its end that a credential is replaced in a conversation where no other update has come since: two days. */
const soon = 172_800_000;

/** What a credential is judged by. */
export type CredentialTools = Pick<StepTools, "authority" | "credential" | "relayNow">;

/** Whether this device has a newer credential than its leaf carries, and it is good for a while: its next commit brings it. */
export function hasNewerCredential(
  { group }: Pick<ConversationState, "group">,
  tools: CredentialTools,
): boolean {
  const leaf = group && leafAt(group, group.ownLeaf);
  if (leaf === undefined || isSameCredential(leaf.credential, tools.credential)) return false;
  const { authority, credential, relayNow } = tools;
  const claim = { credential, signaturePublicKey: leaf.signatureKey };
  return [relayNow, relayNow + margin].every((at) => authority.isValid({ ...claim, at }));
}

/**
 * Whether the credential in this device's leaf is good no more, or will not be by the time that something arrives. Nothing is
 * said under it: nobody would count it.
 */
export function isLeafExpired({ group }: Pick<ConversationState, "group">, tools: CredentialTools): boolean {
  const at = tools.relayNow + margin;
  return group !== undefined && !isLeafGood(group, group.ownLeaf, tools, at);
}

/** Whether the credential in this device's leaf ends soon: within two days. */
export function endsSoon({ group }: Pick<ConversationState, "group">, tools: CredentialTools): boolean {
  return group !== undefined && !isLeafGood(group, group.ownLeaf, tools, tools.relayNow + soon);
}

/**
 * Whether the credential of who has said something was good when the relay accepted it. Every member judges by the group of
 * the epoch, so all come to the same end. Of what was said in an earlier one, the leaf is not here any more.
 */
export function isAuthorGood(
  { state, tools }: Step,
  { epoch, leaf, acceptedAt }: Pick<MessageRecord, "epoch" | "leaf" | "acceptedAt">,
): boolean {
  const { group } = state;
  return group === undefined || group.epoch !== epoch || isLeafGood(group, leaf, tools, acceptedAt);
}

/**
 * Whether a commit that is staged would leave this device with a leaf whose credential is good no more, or names a revocation
 * service whose credential is not: nobody would take it.
 * One that takes its place in the group again is made anew wherever it is turned down.
 */
export function isStagedOver(
  { staged, intents, group }: Pick<ConversationState, "staged" | "intents" | "group">,
  tools: CredentialTools,
): boolean {
  const next = staged?.next;
  if (next === undefined || rejoinIntent({ intents }) !== undefined) return false;
  return !isLeafGood(next, next.ownLeaf, tools, tools.relayNow + margin) || namesEnding(group, next, tools);
}

function isLeafGood(
  group: NonNullable<ConversationState["group"]>,
  leafIndex: number,
  { authority }: Pick<CredentialTools, "authority">,
  at: number,
): boolean {
  const leaf = leafAt(group, leafIndex);
  if (leaf === undefined) return false;
  const { credential, signatureKey: signaturePublicKey } = leaf;
  return authority.isValid({ credential, signaturePublicKey, at });
}
