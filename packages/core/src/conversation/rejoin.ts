import { sameBytes } from "../codec/bytes.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import type { Group } from "../mls/group-state.ts";
import { leafAt, leafIndexes } from "../mls/group-view.ts";
import { decodeMessage } from "../mls/message.ts";
import { publicGroupFrom } from "../mls/open-group-info.ts";
import type { PublicGroup } from "../mls/public-group.ts";
import { stageExternalJoin } from "../mls/stage-external-join.ts";
import { namesHub } from "./group-data.ts";
import { credentialRules } from "./handshake-rules.ts";
import { isSameDevice } from "./identity.ts";
import { membersOf, presentMembers } from "./members.ts";
import { ownCapabilities } from "./own-capabilities.ts";
import type { ConversationState, Intent, Member } from "./state.ts";
import type { Step } from "./step.ts";
import { submissionOf } from "./submit.ts";

/** What it takes to take one's place in a group again. */
export interface Rejoining {
  readonly signatureKeyPair: KeyPair;
  /** All that this device has. */
  readonly suites: readonly [CipherSuite, ...CipherSuite[]];
  /** MLSMessage (GroupInfo) of the epoch that the log is in, and the encoded tree that it speaks of. */
  readonly groupInfo: Uint8Array;
  readonly ratchetTree: Uint8Array;
}

/** Whether this device has lost the secrets of the group, or must not use them any more, and wants its place back. */
export function rejoinIntent({ intents }: Pick<ConversationState, "intents">): Intent | undefined {
  return intents.find(({ type }) => type === "rejoin");
}

/**
 * Asks for this device's place in the group anew, by an external commit (RFC 9420 §12.4.3.2). Nothing is encrypted
 * until the log has it, and whatever else was to be committed waits.
 */
export function requestRejoin(step: Step): void {
  const { group, fork } = step.state;
  if (rejoinIntent(step.state) !== undefined || group === undefined || fork !== undefined) return;
  step.addIntent({ number: step.takeNumber(), type: "rejoin" });
  step.update({ staged: undefined });
}

/**
 * Makes the external commit that puts a fresh leaf in the place of this device's former one. Who signs the GroupInfo has
 * to be a member that this device knows, or a relay could make up a whole group. Where the device was removed meanwhile,
 * the intent fails with `not-a-member`. Throws `malformed` or an `mls-…` code where the GroupInfo is not good.
 */
export function stageRejoin(step: Step, rejoining: Rejoining): void {
  const { state, tools } = step;
  const { group: former } = state;
  const intent = rejoinIntent(state);
  if (intent === undefined || state.staged !== undefined || former === undefined) return;
  const { signatureKeyPair, suites, groupInfo, ratchetTree } = rejoining;
  // Lifetimes of leaves that are in the tree already are not judged again (RFC 9420 §7.3).
  const credentials = credentialRules(tools.authority);
  const input = { suite: former.suite, groupInfo, ratchetTree, credentials };
  const group = publicGroupFrom(input);
  checkVouched(state, former, group, signerOf(groupInfo));
  const replaces = leafWithKey(group, signatureKeyPair.publicKey);
  if (replaces === undefined) {
    step.endIntent(intent.number, "not-a-member");
    return;
  }
  const { credential } = tools;
  const staged = stageExternalJoin({
    ...input,
    credential,
    signatureKeyPair,
    capabilities: ownCapabilities(suites, credential, tools.random),
    replaces,
    random: tools.random,
  });
  step.update({
    staged: {
      intent: intent.number,
      kind: "commit",
      submission: submissionOf(step, group.epoch, staged.commit),
      welcome: undefined,
      groupInfo: staged.groupInfo,
      next: staged.next,
      added: [staged.next.ownLeaf],
      removed: [replaces],
      isAddedAnew: isAddedAnew(former, group, replaces),
    },
  });
}

/**
 * Who has come and gone by the time that this device has its place again, as far as it can tell: everybody who was not
 * known counts as there from entry `seq` on.
 */
export function changesSince(step: Step, next: Group, seq: number): { added: Member[]; removed: Member[] } {
  const { state, tools } = step;
  const before = presentMembers(state);
  const after = membersOf(tools.authority, next, seq);
  const stays = (one: Member, others: readonly Member[]): boolean =>
    !isSameDevice(one, state.self) &&
    others.some(({ leaf, ...name }) => leaf === one.leaf && isSameDevice(name, one));
  return {
    added: after.filter((member) => !stays(member, before)),
    removed: before.filter((member) => !stays(member, after)),
  };
}

/**
 * Whether the leaf at this place is of a key package that was not in the group yet: nobody can put it there without having
 * been handed it, and then this device was removed before.
 */
function isAddedAnew(former: Group, group: PublicGroup, leafIndex: number): boolean {
  const [before, now] = [leafAt(former, former.ownLeaf), leafAt(group, leafIndex)];
  if (before === undefined || now === undefined) return false;
  return now.source.type === "key-package" && !sameBytes(before.encryptionKey, now.encryptionKey);
}

/**
 * Whether the log may go on with entry `seq`, later than right after the last one read: where this device was removed and
 * added again, what lies between is not for it to read. No further than where it has its place from.
 */
export function mayGoOnAt(
  { phase, position, staged }: ConversationState,
  seq: number,
  missedUpTo: number,
): boolean {
  return phase === "halted" && staged?.isAddedAnew === true && seq > position.seq + 1 && seq <= missedUpTo;
}

function signerOf(groupInfo: Uint8Array): number {
  const message = decodeMessage(groupInfo);
  return message.type === "group-info" ? message.groupInfo.signer : -1;
}

function leafWithKey(group: PublicGroup, signatureKey: Uint8Array): number | undefined {
  return leafIndexes(group).find((leaf) => {
    const member = leafAt(group, leaf);
    return member !== undefined && sameBytes(member.signatureKey, signatureKey);
  });
}

/**
 * Throws `malformed` unless a group is that of this conversation, on its relay, and somebody whom this device knows signed
 * the GroupInfo: a relay, or anybody outside, can make up a whole group.
 */
export function checkVouched(
  { id, hub }: ConversationState,
  former: PublicGroup,
  group: PublicGroup,
  signer: number,
): void {
  if (!sameBytes(group.context.groupId, id) || !namesHub(group.context.extensions, hub))
    throw new ReadbackError("malformed", "A GroupInfo is of another conversation.");
  const signerKey = leafAt(group, signer)?.signatureKey;
  if (signerKey === undefined || leafWithKey(former, signerKey) === undefined)
    throw new ReadbackError("malformed", "Nobody who is known vouches for the group to rejoin.");
}
