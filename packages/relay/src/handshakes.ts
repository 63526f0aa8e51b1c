import { continuedIn, handshakeRules, mayBeginWith, namesHub, verifyHead } from "@readback/core/log";
import {
  applyPublicHandshake,
  type CommitChanges,
  decodeMessage,
  type GroupMember,
  type LeafNode,
  leafAt,
  leafIndexes,
  type Proposal,
  type PublicGroup,
  publicGroupFrom,
  publicGroupRecords,
  restorePublicGroup,
  suiteInRecords,
} from "@readback/core/mls";
import type { Change } from "@readback/core/storage";
import {
  type AppendRequest,
  type CreateRequest,
  identifierSize,
  ReadbackError,
  type RefusalCode,
  sameBytes,
} from "@readback/core/wire";
import { isGroupInfoOf, isInvitation, isWelcomeFor } from "./commit-attachments.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import type { Recipient, StoredGroup } from "./relay-store.ts";
import { isNamedIn, isService } from "./service-name.ts";

/** The public group of a log, with the device at each leaf. Immutable. */
export interface LogGroup {
  readonly group: PublicGroup;
  /** Full names by leaf index. */
  readonly devices: ReadonlyMap<number, string>;
}

/** What the rules say about a handshake. */
export type Verdict =
  | { readonly type: "refused"; readonly code: RefusalCode }
  | {
      readonly type: "accepted";
      readonly next: LogGroup;
      /** What has to be stored so that `next` can be restored, given that the group before it was stored. */
      readonly records: readonly Change[];
      readonly added: readonly Recipient[];
      /** Full names. */
      readonly removed: readonly string[];
    };

/**
 * Judges what opens a log: the group of the submitting device alone, in epoch 0, or with all who shall be in it, in epoch 1.
 * @param now - when the entry is accepted, milliseconds
 */
export function openLogGroup(
  hub: Hub,
  device: KnownDevice,
  { epoch, payload, welcome, groupInfo }: CreateRequest,
  now: number,
): Verdict {
  return judging(() => {
    const message = decodeMessage(payload);
    if (message.type !== "group-info") return refusal("invalid-handshake");
    const { signer, groupContext } = message.groupInfo;
    const suite = hub.crypto.suite(groupContext.cipherSuite);
    if (suite === undefined) return refusal("invalid-handshake");
    const group = publicGroupFrom({ suite, groupInfo: payload, ...handshakeRules(hub.authority, now) });
    const leaves = leafIndexes(group);
    const others = leaves.length - 1;
    const isFirst = epoch === 1n || (epoch === 0n && others === 0);
    if (group.epoch !== epoch || !isFirst) return refusal("invalid-handshake");
    if (!isInvitation(others, welcome) || !isGroupInfoOf(group, signer, groupInfo))
      return refusal("invalid-handshake");
    if (!isLeafOf(hub, group, signer, device)) return refusal("not-allowed");
    if (!mayBeginWith(hub.authority, group.context.extensions)) return refusal("not-allowed");
    const devices = devicesIn(hub, group);
    if (new Set(devices.values()).size !== leaves.length) return refusal("not-allowed");
    if (leaves.length > hub.limits.membersPerConversation) return refusal("too-large");
    const records = publicGroupRecords(undefined, group);
    const added = [...devices].map(([leaf, name]) => {
      return { name, signatureKey: (leafAt(group, leaf) as LeafNode).signatureKey };
    });
    return { type: "accepted", next: { group, devices }, records, added, removed: [] };
  });
}

/**
 * Judges a commit or a proposal for the epoch that `before` is in.
 * @param now - when the entry is accepted, milliseconds: members judge by the same time
 */
export function judgeHandshake(
  hub: Hub,
  before: LogGroup,
  device: KnownDevice,
  request: AppendRequest,
  now: number,
): Verdict {
  // Nobody else makes the relay verify anything.
  const mayAsk = isService(device)
    ? isNamedIn(before.group, device)
    : [...before.devices.values()].includes(device.name);
  if (!mayAsk) return refusal("not-allowed");
  return judging(() => {
    const options = { ...handshakeRules(hub.authority, now), acceptExternalCommits: "resync" as const };
    const received = applyPublicHandshake(before.group, request.payload, options);
    if (received.kind !== request.kind) return refusal("invalid-handshake");
    if (!isSentBy(hub, before, received, device)) return refusal("not-allowed");
    const { group } = received;
    const records = publicGroupRecords(before.group, group);
    if (received.kind === "proposal") {
      const code = proposalFault(hub, before, device, received.proposal, request);
      if (code !== undefined) return refusal(code);
      return { type: "accepted", next: { ...before, group }, records, added: [], removed: [] };
    }
    const { changes } = received;
    if (
      !removalsWaiting(before.group).every((leaf) =>
        changes.removed.some(({ leafIndex }) => leafIndex === leaf),
      )
    ) {
      return refusal("missing-proposals");
    }
    const next = membersAfter(hub, before, group, changes);
    if (next === undefined || !mayFollow(hub, request.conversation, group)) return refusal("not-allowed");
    if (next.devices.size > hub.limits.membersPerConversation) return refusal("too-large");
    const isAttached =
      isWelcomeFor(request.payload, before.group, request.welcome) &&
      isGroupInfoOf(group, received.sender, request.groupInfo);
    if (!isAttached) return refusal("invalid-handshake");
    const added = changes.added.map(({ leafIndex, leafNode }) => {
      return { name: next.devices.get(leafIndex) as string, signatureKey: leafNode.signatureKey };
    });
    const removed = changes.removed.map(({ leafIndex }) => before.devices.get(leafIndex) as string);
    return { type: "accepted", next, records, added, removed };
  });
}

/** Whether a handshake is the device's own: from its leaf, or the one by which it takes the place of its former leaf. */
function isSentBy(
  hub: Hub,
  before: LogGroup,
  received: ReturnType<typeof applyPublicHandshake>,
  device: KnownDevice,
): boolean {
  const { kind, sender } = received;
  // Of those outside only external senders are taken, and whose signature it is was checked.
  if (isService(device)) return kind === "proposal" && sender === undefined;
  const joined =
    kind === "commit" ? received.changes.added.find(({ leafIndex }) => leafIndex === sender) : undefined;
  if (kind !== "commit" || joined === undefined)
    return sender !== undefined && before.devices.get(sender) === device.name;
  const isFormer = received.changes.removed.some(
    ({ leafIndex }) => before.devices.get(leafIndex) === device.name,
  );
  return isFormer && isLeafNodeOf(hub, joined.leafNode, device);
}

/** Whether a proposal waits that removes a member. */
export function isRemovalWaiting({ group }: LogGroup): boolean {
  return removalsWaiting(group).length > 0;
}

/** The group whose records were stored. Throws `storage-damaged`. */
export function restoreLogGroup(hub: Hub, { records }: StoredGroup): LogGroup {
  const suite = hub.crypto.suite(suiteInRecords(records));
  if (suite === undefined) throw new ReadbackError("storage-damaged", "A stored group has an unknown suite.");
  const group = restorePublicGroup(suite, records);
  return { group, devices: devicesIn(hub, group) };
}

/** Who is at each leaf, where somebody is: full names. */
function devicesIn(hub: Hub, group: PublicGroup): Map<number, string> {
  const named = leafIndexes(group).map((leaf) => [leaf, nameAt(hub, group, leaf)] as const);
  return new Map(named.flatMap(([leaf, name]) => (name === undefined ? [] : [[leaf, name]])));
}

/** Runs a judgement; input that breaks a rule of RFC 9420 or cannot be read is refused. */
function judging(judge: () => Verdict): Verdict {
  try {
    return judge();
  } catch (error) {
    const isRefusal = error instanceof ReadbackError && /^(mls-|malformed$|too-large$)/.test(error.code);
    if (isRefusal) return refusal("invalid-handshake");
    throw error;
  }
}

function refusal(code: RefusalCode): Verdict {
  return { type: "refused", code };
}

/** Why a proposal that RFC 9420 allows is refused here, or `undefined` where it is not. */
function proposalFault(
  hub: Hub,
  before: LogGroup,
  device: KnownDevice,
  proposal: Proposal,
  request: AppendRequest,
): RefusalCode | undefined {
  if (request.welcome !== undefined || request.groupInfo !== undefined) return "invalid-handshake";
  // No commit can hold two proposals to remove one leaf (RFC 9420 §12.2).
  if (proposal.type === "remove" && removalsWaiting(before.group).includes(proposal.removed))
    return "commit-first";
  // A service cannot commit, and takes it for an answer that somebody will.
  if (before.group.pending.length >= hub.limits.waitingProposals)
    return isService(device) ? "unavailable" : "commit-first";
  // It is committed at once or not at all: nobody could speak until somebody has.
  if (proposal.type === "reinit") return "not-allowed";
  if (proposal.type === "update" && !isLeafNodeOf(hub, proposal.leafNode, device)) return "not-allowed";
  return undefined;
}

/** Whether the group that a reinitialization asks for, where there is one, can have its log here. */
function mayFollow(
  { name, logKeys, logSuite, crypto }: Hub,
  conversation: Uint8Array,
  { reInit }: PublicGroup,
): boolean {
  if (reInit === undefined) return true;
  const end = continuedIn(reInit.extensions);
  return (
    end !== undefined &&
    sameBytes(end.conversation, conversation) &&
    verifyHead(logSuite, logKeys.publicKey, end) &&
    reInit.groupId.length === identifierSize &&
    crypto.suite(reInit.cipherSuite) !== undefined &&
    namesHub(reInit.extensions, { relay: name, logKey: logKeys.publicKey })
  );
}

/** Leaves that proposals of this epoch remove. */
function removalsWaiting(group: PublicGroup): number[] {
  return group.pending.flatMap(({ proposal }) => (proposal.type === "remove" ? [proposal.removed] : []));
}

/** Who is at each leaf after a commit; `undefined` where a leaf is nobody's, taken twice, or changed hands or keys. */
function membersAfter(
  hub: Hub,
  before: LogGroup,
  group: PublicGroup,
  { added, removed, updated }: CommitChanges,
): LogGroup | undefined {
  const devices = new Map(before.devices);
  for (const { leafIndex } of removed) devices.delete(leafIndex);
  for (const { leafIndex, leafNode } of updated) {
    const old = leafAt(before.group, leafIndex);
    const name = devices.get(leafIndex);
    const isSame = old !== undefined && sameBytes(old.signatureKey, leafNode.signatureKey);
    if (name === undefined || !isSame || nameAt(hub, group, leafIndex) !== name) return undefined;
  }
  const present = new Set(devices.values());
  for (const { leafIndex } of added) {
    const name = nameAt(hub, group, leafIndex);
    if (name === undefined || present.has(name)) return undefined;
    present.add(name);
    devices.set(leafIndex, name);
  }
  return { group, devices };
}

function nameAt(hub: Hub, group: PublicGroup, leafIndex: number): string | undefined {
  const leafNode = leafAt(group, leafIndex);
  const named = leafNode && hub.authority.identify(leafNode.credential);
  return named && `${named.person}/${named.device}`;
}

function isLeafOf(hub: Hub, group: PublicGroup, leafIndex: number, device: KnownDevice): boolean {
  const leafNode = leafAt(group, leafIndex);
  return leafNode !== undefined && isLeafNodeOf(hub, leafNode, device);
}

function isLeafNodeOf(hub: Hub, leafNode: GroupMember["leafNode"], device: KnownDevice): boolean {
  const named = hub.authority.identify(leafNode.credential);
  const isNamed = named !== undefined && `${named.person}/${named.device}` === device.name;
  return isNamed && sameBytes(leafNode.signatureKey, device.signatureKey);
}
