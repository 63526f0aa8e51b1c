import { entryHash, signHead } from "@readback/core/log";
import {
  type Answer,
  type AppendRequest,
  type EntryKind,
  encodeRelayMessage,
  type LogEntry,
  type LogHead,
  splitMessage,
} from "@readback/core/wire";
import type { Published } from "./fan-out.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import { refused } from "./refused.ts";
import type { Append, LogState, NewEntry, Situation } from "./relay-store.ts";

const noHash = new Uint8Array(32);

/** What is to become an entry. */
export interface Payload {
  readonly conversation: Uint8Array;
  readonly kind: EntryKind;
  readonly epoch: bigint;
  readonly payload: Uint8Array;
  readonly payloadHash: Uint8Array;
}

/**
 * The answer to a submission that can be given without looking into it: it was accepted before, its device may not
 * write here, or the log is in another epoch.
 * @param isOutside - whether it comes from somebody who is no member: whether they may write is for the group to say
 */
export function firstAnswer(
  { log, earlier, span }: Situation,
  epoch: AppendRequest["epoch"],
  isOutside = false,
): Answer | undefined {
  if (isOutside && log !== undefined) {
    if (earlier !== undefined) return { type: "appended", ...earlier };
    return epoch === log.epoch ? undefined : { type: "epoch-changed", epoch: log.epoch };
  }
  if (log === undefined || span === undefined) return refused("unknown-conversation");
  const mayRead =
    earlier !== undefined && earlier.seq >= span.since && earlier.seq <= (span.until ?? earlier.seq);
  if (mayRead) return { type: "appended", ...earlier };
  if (span.until !== undefined) return refused("not-allowed");
  if (epoch !== log.epoch) return { type: "epoch-changed", epoch: log.epoch };
  return undefined;
}

/** The entry that follows `log`. @param now - milliseconds; never goes back within a log */
export function nextEntry(hub: Hub, log: LogState | undefined, payload: Payload, now: number): NewEntry {
  const { conversation, kind, epoch, payloadHash } = payload;
  const header = {
    conversation,
    seq: (log?.seq ?? 0) + 1,
    previousHash: log?.entryHash ?? noHash,
    kind,
    epoch,
    payloadHash,
    acceptedAt: Math.max(now, log?.acceptedAt ?? 0),
    relay: hub.name,
  };
  return { header, hash: entryHash(hub.logSuite, header), payload: payload.payload };
}

/** The relay's signed word on one entry. */
export function headOf(hub: Hub, conversation: Uint8Array, last: { seq: number; hash: Uint8Array }): LogHead {
  const head = { conversation, seq: last.seq, entryHash: last.hash, signedAt: hub.clock.now() };
  return signHead(hub.logSuite, hub.logKeys.privateKey, head);
}

/** Tells everybody who listens of an entry that is durable now. */
export function publish(hub: Hub, device: KnownDevice, { entry, added, removed, welcome }: Append): void {
  const { header, hash, payload } = entry;
  const { conversation, seq } = header;
  let head: LogHead | undefined;
  const frames = (content: Uint8Array | undefined): readonly Uint8Array[] => {
    // One signature for everybody, and none where nobody listens.
    head ??= headOf(hub, conversation, { seq, hash });
    const logEntry: LogEntry = { header, payload: content };
    return splitMessage(encodeRelayMessage({ type: "entry", entry: logEntry, head }));
  };
  let own: readonly Uint8Array[] | undefined;
  let others: readonly Uint8Array[] | undefined;
  const framesFor = (name: string): readonly Uint8Array[] => {
    if (name === device.name) {
      own ??= frames(undefined);
      return own;
    }
    others ??= frames(payload);
    return others;
  };
  const published: Published = { conversation, seq, added, removed, framesFor };
  hub.fanOut.publish(published);
  if (welcome !== undefined) hub.fanOut.publishInbox(added.filter((name) => name !== device.name));
}
