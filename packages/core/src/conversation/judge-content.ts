import { sameBytes } from "../codec/bytes.ts";
import type { Content } from "./content.ts";
import { type Details, headSeen, type Seen } from "./content-details.ts";
import { countContent, countedBy, type DeviceCounter, highestCount } from "./device-counter.ts";
import { postpone } from "./freeze.ts";
import { isSameDevice } from "./identity.ts";
import { clockTolerance, report } from "./integrity.ts";
import { hashAt } from "./known-log.ts";
import { verifyHead } from "./log-entry.ts";
import { joinedAt } from "./members.ts";
import { placeIn } from "./message-places.ts";
import type { MessageRecord } from "./message-record.ts";
import { judgeOther } from "./receive-head.ts";
import type { Member } from "./state.ts";
import type { Step } from "./step.ts";

/** What has come of holding a content against the log. */
export interface Judgement {
  /** Whether the claim of having read can be relied on. */
  readonly holds: boolean;
  /** Whether its author had read another history that the relay has signed: places that it names are places of that one. */
  readonly isElsewhere: boolean;
  /** Whether its device may have said this very content before: it has counted so already, or its id is known. */
  readonly isRepeated: boolean;
}

/**
 * Holds what the author of a content claims (what it had read, how it counts, when it said it) against the log that it
 * stands in. A fork or a fault is noted in the step.
 */
export function judgeContent(step: Step, record: MessageRecord, author: Member, content: Content): Judgement {
  if (content.type === "unknown") {
    const counter = counterOf(step, author);
    if (counter !== undefined) putCounter(step, { ...counter, uncounted: counter.uncounted + 1 });
    return { holds: true, isElsewhere: false, isRepeated: false };
  }
  const details = "details" in content ? content.details : undefined;
  const { seen } = "details" in content ? content.details : content;
  const { holds, isElsewhere } = judgeSeen(step, record, seen);
  const isRepeated = details !== undefined && judgeCounter(step, record, author, details);
  if (holds) judgeTimes(step, record, seen, details?.sentAt);
  return { holds, isElsewhere, isRepeated };
}

function judgeSeen(
  step: Step,
  { seq: place, author: by }: MessageRecord,
  seen: Seen,
): Pick<Judgement, "holds" | "isElsewhere"> {
  const own = hashAt(step.state.log, seen.seq);
  if (own !== undefined && sameBytes(own, seen.hash)) return { holds: true, isElsewhere: false };
  const head = headSeen(seen, step.state.id);
  if (own === undefined && seen.seq < place) {
    postpone(step, { place, by, head });
    return { holds: true, isElsewhere: false };
  }
  // Where it is beyond its own place, the relay has vouched for what it then took back; or its author made it up.
  const isSigned = judgeOther(step, place, by, head);
  return { holds: isSigned, isElsewhere: isSigned };
}

function judgeCounter(
  step: Step,
  { seq, id, author: by }: MessageRecord,
  author: Member,
  details: Details,
): boolean {
  const { deviceCounter } = details;
  const before = counterOf(step, author) ?? firstCounter(step, author, deviceCounter);
  const { counter, missing, recovered, repeated } = countContent(before, details);
  if (counter !== before) putCounter(step, counter);
  // A device that does not know whether the log has taken something says the very same again, with the same count.
  if (repeated && !isPlaced(step, id)) report(step, { what: "false-claim", seq, by });
  if (missing.length > 0) report(step, { what: "missing", seq, by, counters: missing });
  if (recovered) report(step, { what: "recovered", seq, by });
  return repeated || deviceCounter <= Math.max(before.earlier, before.former) || isPlaced(step, id);
}

/** Whether the message with this id is among the newest ones. */
function isPlaced({ state, placed }: Step, id: Uint8Array): boolean {
  return placed.some((place) => sameBytes(place.id, id)) || placeIn(state.places, id) !== undefined;
}

/** Begins to count anew: this device has missed what others have said. */
export function forgetCounters(step: Step): void {
  const none = { since: 0, from: 0, last: 0, missing: [], uncounted: 0, earlier: 0 };
  const counters = [...step.state.counters.values()].map(
    (counter): DeviceCounter => ({ ...none, leaf: counter.leaf, former: highestCount(counter) }),
  );
  step.update({ counters: new Map(counters.map((counter) => [counter.leaf, counter])) });
}

/**
 * Whoever was a member before this device may have said anything before. And a device that takes its own place again
 * goes on counting.
 */
function firstCounter({ state }: Step, author: Member, deviceCounter: number): DeviceCounter {
  const { leaf, since } = author;
  const before = state.members.find((other) => other.until === since && isSameDevice(other, author));
  // What was pruned may have been said by anybody who was there.
  const knownFrom = Math.max(joinedAt(state), state.pruned.last);
  const from = since > knownFrom && before === undefined ? 1 : deviceCounter;
  const earlier = before === undefined ? 0 : countedBy(state.counters, before);
  const former = Math.max(
    0,
    ...state.members
      .filter((other) => isSameDevice(other, author))
      .map((other) => countedBy(state.counters, other)),
  );
  return { leaf, since, from, last: from - 1, missing: [], uncounted: 0, earlier, former };
}

function counterOf({ state }: Step, { leaf, since }: Member): DeviceCounter | undefined {
  const counter = state.counters.get(leaf);
  return counter?.since === since ? counter : undefined;
}

function putCounter(step: Step, counter: DeviceCounter): void {
  step.update({ counters: new Map(step.state.counters).set(counter.leaf, counter) });
}

/** Two of the times are the relay's: what the author had read was signed before the entry was accepted. */
function judgeTimes(step: Step, record: MessageRecord, seen: Seen, sentAt: number | undefined): void {
  const { seq, acceptedAt, author: by } = record;
  const sinceRead = acceptedAt - seen.signedAt;
  if (sinceRead < -clockTolerance) {
    const { state, tools } = step;
    const isSigned = verifyHead(tools.logSuite, state.hub.logKey, headSeen(seen, state.id));
    report(step, isSigned ? { what: "misdated", seq } : { what: "false-claim", seq, by });
  }
  // Only of what was sent with the log fresh in mind is it known that no time was spent waiting for a connection.
  const isOff = sentAt !== undefined && Math.abs(sentAt - acceptedAt) > clockTolerance;
  if (isOff && Math.abs(sinceRead) <= clockTolerance) report(step, { what: "clock-off", seq, by });
}
