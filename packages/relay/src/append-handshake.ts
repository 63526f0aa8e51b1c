import { type Answer, type AppendRequest, type CreateRequest, hex } from "@readback/core/wire";
import type { CachedGroup } from "./group-cache.ts";
import {
  isRemovalWaiting,
  judgeHandshake,
  openLogGroup,
  restoreLogGroup,
  type Verdict,
} from "./handshakes.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import { firstAnswer, nextEntry, type Payload, publish } from "./log-writer.ts";
import { refused } from "./refused.ts";
import type { Append, Decision, LogState, Situation } from "./relay-store.ts";
import { isNamedIn, isService } from "./service-name.ts";

/** How often a handshake is judged anew since another one came first. Each time somebody else has succeeded. */
const mostAttempts = 8;

/** What a decision comes to. */
interface Outcome {
  /** `undefined`: it was judged by a group or at a time that are over. */
  readonly answer: Answer | undefined;
  readonly append?: Append;
  /** When the last entry of the log was accepted. */
  readonly acceptedAt?: number;
}
type Accepted = Extract<Verdict, { type: "accepted" }>;

/** Opens a log. */
export async function openLog(hub: Hub, device: KnownDevice, request: CreateRequest): Promise<Answer> {
  const { conversation, epoch, payload, welcome, groupInfo } = request;
  if (isTooLarge(hub, request)) return refused("too-large");
  const now = hub.clock.now();
  if (!hub.rates.take(`create ${device.name}`, hub.limits.creations, now)) return refused("rate-limited");
  const verdict = openLogGroup(hub, device, request, now);
  const payloadHash = hub.logSuite.hash.digest(payload);
  const opening: Payload = { conversation, kind: "create", epoch, payload, payloadHash };
  const decide = (situation: Situation): Decision<Outcome> => {
    if (situation.log !== undefined) {
      const early = firstAnswer(situation, epoch);
      return { answer: { answer: early?.type === "appended" ? early : refused("not-allowed") } };
    }
    if (verdict.type === "refused") return { answer: { answer: verdict } };
    const { conversationsPerOrganisation, organisationSize } = hub.limits;
    const { opened, brought } = situation;
    if (opened >= conversationsPerOrganisation || brought + payload.length > organisationSize)
      return { answer: { answer: refused("quota-exceeded") } };
    return accept(hub, verdict, opening, situation, now, welcome, groupInfo);
  };
  const { answer } = await carryOut(hub, device, opening, verdict, decide);
  return answer ?? refused("unavailable");
}

/** Appends a commit or a proposal, once the public group has judged it. */
export async function appendHandshake(
  hub: Hub,
  device: KnownDevice,
  request: AppendRequest,
): Promise<Answer> {
  const { conversation, kind, epoch, payload } = request;
  const { handshakes } = hub.limits;
  if (isTooLarge(hub, request)) return refused("too-large");
  const payloadHash = hub.logSuite.hash.digest(payload);
  const handshake: Payload = { conversation, kind, epoch, payload, payloadHash };
  const key = hex(conversation);
  let lastAcceptedAt = 0;
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    // Members judge by the time in the entry: it has to be the very time that the relay judged by.
    const now = Math.max(hub.clock.now(), lastAcceptedAt);
    const before = await groupOf(hub, key, conversation, attempt > 0);
    // It hears nothing of conversations that do not name it.
    if (isService(device) && (before === undefined || !isNamedIn(before.group.group, device)))
      return refused("not-allowed");
    const isCurrent = before !== undefined && before.group.group.epoch === epoch;
    if (isCurrent && attempt === 0 && !hub.rates.take(`handshake ${device.name} ${key}`, handshakes, now)) {
      return refused("rate-limited");
    }
    const verdict = isCurrent
      ? await leavingRoom(hub, judgeHandshake(hub, before.group, device, request, now))
      : undefined;
    const decide = (situation: Situation): Decision<Outcome> => {
      const early = firstAnswer(situation, epoch, isService(device));
      if (early !== undefined) return { answer: { answer: early } };
      const { acceptedAt = 0, handshakeSeq } = situation.log ?? {};
      if (verdict === undefined || before?.handshakeSeq !== handshakeSeq || acceptedAt > now) {
        return { answer: { answer: undefined, acceptedAt } };
      }
      if (verdict.type === "refused") return { answer: { answer: verdict } };
      return accept(hub, verdict, handshake, situation, now, request.welcome, request.groupInfo);
    };
    const { answer, acceptedAt } = await carryOut(hub, device, handshake, verdict, decide);
    if (answer !== undefined) return answer;
    lastAcceptedAt = acceptedAt ?? 0;
  }
  return refused("unavailable");
}

/** A group that ends has to be followed by one that has no log yet, or nothing could follow it. */
async function leavingRoom(hub: Hub, verdict: Verdict): Promise<Verdict> {
  const next = verdict.type === "accepted" ? verdict.next.group.reInit?.groupId : undefined;
  const isTaken = next !== undefined && (await hub.store.readGroup(next)) !== undefined;
  return isTaken ? { type: "refused", code: "not-allowed" } : verdict;
}

function isTooLarge(
  { limits }: Hub,
  { payload, welcome, groupInfo }: AppendRequest | CreateRequest,
): boolean {
  const { handshakeSize, welcomeSize } = limits;
  const handshake = Math.max(payload.length, groupInfo?.length ?? 0);
  return handshake > handshakeSize || (welcome?.length ?? 0) > welcomeSize;
}

async function carryOut(
  hub: Hub,
  device: KnownDevice,
  { conversation, epoch, payloadHash }: Payload,
  verdict: Verdict | undefined,
  decide: (situation: Situation) => Decision<Outcome>,
): Promise<Outcome> {
  const recipients = verdict?.type === "accepted" ? verdict.added : [];
  const submission = { conversation, device: device.name, epoch, payloadHash, recipients };
  const outcome = await hub.store.append(submission, decide);
  const { append } = outcome;
  if (append !== undefined && verdict?.type === "accepted") {
    hub.groups.put(hex(conversation), { handshakeSeq: append.log.handshakeSeq, group: verdict.next });
    publish(hub, device, append);
  }
  return outcome;
}

function accept(
  hub: Hub,
  verdict: Accepted,
  payload: Payload,
  { log, fullestInbox }: Situation,
  now: number,
  welcome: Uint8Array | undefined,
  groupInfo: Uint8Array | undefined,
): Decision<Outcome> {
  // Somebody whose device the relay does not know by this key could never log in to read.
  if (fullestInbox === undefined) return { answer: { answer: refused("not-allowed") } };
  if (fullestInbox >= hub.limits.inboxItems) return { answer: { answer: refused("unavailable") } };
  const size = (log?.size ?? 0) + payload.payload.length;
  if (size > hub.limits.conversationSize) return { answer: { answer: refused("too-large") } };
  const entry = nextEntry(hub, log, payload, now);
  const { seq, acceptedAt } = entry.header;
  const { next, records, added, removed } = verdict;
  const { context } = next.group;
  const state: LogState = {
    seq,
    entryHash: entry.hash,
    epoch: context.epoch,
    acceptedAt,
    handshakeSeq: seq,
    commitFirst: isRemovalWaiting(next) || next.group.reInit !== undefined,
    groupId: context.groupId,
    size,
  };
  const append: Append = {
    entry,
    log: state,
    group: { records, groupInfo },
    added: added.map(({ name }) => name),
    removed,
    welcome,
  };
  return { answer: { answer: { type: "appended", seq, acceptedAt }, append }, append };
}

/** @param fresh - not from the cache, since that was out of date */
async function groupOf(
  hub: Hub,
  key: string,
  conversation: Uint8Array,
  fresh: boolean,
): Promise<CachedGroup | undefined> {
  const cached = fresh ? undefined : hub.groups.get(key);
  if (cached !== undefined) return cached;
  const stored = await hub.store.readGroup(conversation);
  if (stored === undefined) return undefined;
  const group = { handshakeSeq: stored.handshakeSeq, group: restoreLogGroup(hub, stored) };
  hub.groups.put(key, group);
  return group;
}
