import { decodeCommitFault, maximumCommitFaultSize } from "@readback/core/log";
import { type Answer, type AppendRequest, hex, Reader, sameBytes } from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";
import { firstAnswer, nextEntry, publish } from "./log-writer.ts";
import { refused } from "./refused.ts";
import type { Append, Decision, Situation } from "./relay-store.ts";

/**
 * Appends a message, a receipt or a fault: only in the log's current epoch, only from a member, and not while somebody waits to
 * be removed, but for a fault. The relay cannot read what is said; it checks the part that is not encrypted.
 */
export async function appendContent(hub: Hub, device: KnownDevice, request: AppendRequest): Promise<Answer> {
  const { conversation, kind, epoch, payload } = request;
  if (payload.length > hub.limits.applicationSize) return refused("too-large");
  const isFault = kind === "fault";
  const groupId = isFault ? undefined : groupIdOf(payload, epoch);
  const isGood = isFault ? isFaultOf(device, conversation, payload) : groupId !== undefined;
  if (!isGood || request.welcome !== undefined || request.groupInfo !== undefined) {
    return refused("refused");
  }
  const payloadHash = hub.logSuite.hash.digest(payload);
  const now = hub.clock.now();
  if (isFault && !hub.rates.take(`fault ${device.name} ${hex(conversation)}`, hub.limits.faults, now))
    return refused("rate-limited");
  const decide = (situation: Situation): Decision<{ answer: Answer; append?: Append }> => {
    const early = firstAnswer(situation, epoch);
    const { log, kept, brought } = situation;
    if (early !== undefined || log === undefined) return { answer: { answer: early ?? refused("refused") } };
    if (groupId !== undefined && !sameBytes(groupId, log.groupId))
      return { answer: { answer: refused("refused") } };
    if (log.commitFirst && !isFault) return { answer: { answer: refused("commit-first") } };
    const isOver = brought + payload.length > hub.limits.organisationSize;
    if (isOver || kept >= hub.limits.conversationEntries)
      return { answer: { answer: refused("quota-exceeded") } };
    const size = log.size + payload.length;
    if (size > hub.limits.conversationSize) return { answer: { answer: refused("too-large") } };
    const entry = nextEntry(hub, log, { conversation, kind, epoch, payload, payloadHash }, now);
    const { seq, acceptedAt } = entry.header;
    const state = { ...log, seq, acceptedAt, entryHash: entry.hash, size };
    const append: Append = {
      entry,
      log: state,
      group: undefined,
      added: [],
      removed: [],
      welcome: undefined,
    };
    return { answer: { answer: { type: "appended", seq, acceptedAt }, append }, append };
  };
  const submission = { conversation, device: device.name, epoch, payloadHash, recipients: [] };
  const { answer, append } = await hub.store.append(submission, decide);
  if (append !== undefined) publish(hub, device, append);
  return answer;
}

/** Whether a device says of itself that it cannot process a commit. The others check the signature by its leaf. */
function isFaultOf({ name }: KnownDevice, conversation: Uint8Array, payload: Uint8Array): boolean {
  if (payload.length > maximumCommitFaultSize) return false;
  try {
    const fault = decodeCommitFault(payload);
    const { person, device } = fault.device;
    return name === `${person}/${device}` && sameBytes(fault.conversation, conversation);
  } catch {
    // Bytes that are no fault; the reader throws nothing else.
    return false;
  }
}

/** The group of an MLSMessage that holds a PrivateMessage with application data of this epoch (RFC 9420 §6.3). */
function groupIdOf(payload: Uint8Array, epoch: bigint): Uint8Array | undefined {
  const [mls10, privateMessage, application] = [1, 2, 1];
  try {
    const reader = new Reader(payload);
    if (reader.u16() !== mls10 || reader.u16() !== privateMessage) return undefined;
    const groupId = reader.bytes();
    if (reader.u64() !== epoch || reader.u8() !== application) return undefined;
    for (let vectors = 0; vectors < 3; vectors++) reader.bytes();
    reader.finish();
    return groupId;
  } catch {
    // Bytes that are no such message; the reader throws nothing else.
    return undefined;
  }
}
