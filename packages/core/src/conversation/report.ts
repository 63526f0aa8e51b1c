import { encodeContent } from "./content.ts";
import { contentContext } from "./content-context.ts";
import { maximumFaults } from "./fault-content.ts";
import { closeGap, putGap } from "./gap.ts";
import { isSameDevice } from "./identity.ts";
import { joinedAt, presentMembers, presentPersons } from "./members.ts";
import { noteAnswer } from "./pending-request.ts";
import { maximumExceptions } from "./receipt-content.ts";
import { type ReceiptLevel, reportOf } from "./receipt-state.ts";
import { say, seenOf } from "./send.ts";
import type { ConversationState, Member } from "./state.ts";
import type { Step } from "./step.ts";

/**
 * Up to how many persons devices say by themselves what they hold and what was displayed, and up to how many they answer
 * who asks whether a message was seen. In larger conversations only persons answer.
 */
const mostPersons = { automatic: 20, seen: 100 } as const;

/** Milliseconds between two receipts of a device where two persons talk, and as much more for each other person. */
const interval = 250;

/** Milliseconds that each device of a person waits for those before it, which may spare it the receipt. */
const siblingDelay = 2_000;

const noId = new Uint8Array(32);

/**
 * Notes that everything up to `seq` was displayed to the person. The receipt goes out with {@link reportReceipts};
 * who has asked for it is answered at once. What this device does not hold cannot be marked: later numbers count as the
 * last one it holds.
 */
export function markDisplayed(step: Step, seq: number): void {
  const { due, position } = step.state;
  const displayed = Math.min(seq, position.seq);
  if (displayed > due.displayed) step.update({ due: { ...due, displayed } });
  if (step.state.phase !== "active" || presentPersons(step.state).length > mostPersons.seen) return;
  for (const { seq: ofSeq, id: of, owesSeen } of step.state.requests) {
    if (!owesSeen || ofSeq > displayed) continue;
    const answer = { type: "answer", act: "seen", of, ofSeq } as const;
    say(step, answer);
    noteAnswer(step, step.state.self.person, 0, answer);
  }
}

/**
 * Queues what this device has to say of the log (profile RB-1): what it cannot read, and one receipt for each level,
 * whatever the number of messages. A level that another device of the person has reported already is not repeated.
 *
 * What a receipt speaks of is durable: `due` is raised only by the step that stores the message, or by the application
 * for what it was shown from the store, and the receipt is stored with it or later, before it is sent.
 */
export function reportReceipts(step: Step): void {
  if (step.state.phase !== "active") return;
  reportGaps(step);
  const { due, reported } = step.state;
  if (!isAutomatic(step.state)) return;
  if (due.displayed > reported.displayed) reportLevel(step, "displayed", due.displayed);
  // Displayed implies stored, so a second receipt is due only for what lies beyond.
  if (due.stored > Math.max(reported.stored, due.displayed)) reportLevel(step, "stored", due.stored);
  step.update({
    reported: {
      displayed: Math.max(reported.displayed, due.displayed),
      stored: Math.max(reported.stored, due.stored, due.displayed),
    },
  });
}

/** Whether {@link reportReceipts} has anything to do, and whether that can wait for another device of the person. */
export function receiptsDue(state: ConversationState): "now" | "soon" | undefined {
  const { due, reported, phase, gaps } = state;
  if (phase !== "active") return undefined;
  if (gaps.some(({ isTold }) => !isTold)) return "now";
  const isDisplayedDue = due.displayed > reported.displayed;
  if ((!isDisplayedDue && due.stored <= reported.stored) || !isAutomatic(state)) return undefined;
  return isDisplayedDue ? "now" : "soon";
}

/** Milliseconds between two receipts of this device at least: what comes in between is coalesced. */
export function receiptInterval(state: ConversationState): number {
  return interval * Math.max(1, presentPersons(state).length - 1);
}

/** Milliseconds that what can wait does wait: for what is displayed next, and for other devices of the person. */
export function receiptWait(state: ConversationState): number {
  const rank = siblings(state).filter(({ leaf }) => leaf < ownLeaf(state)).length;
  return rank * siblingDelay + receiptInterval(state) - interval;
}

/** What was read at last is to be reported again, from this place on. */
export function reportAgain(step: Step, seq: number): void {
  const { stored, displayed } = step.state.reported;
  step.update({
    reported: { stored: Math.min(stored, seq - 1), displayed: Math.min(displayed, seq - 1) },
  });
}

function isAutomatic(state: ConversationState): boolean {
  return presentPersons(state).length <= mostPersons.automatic;
}

function reportGaps(step: Step): void {
  const { state } = step;
  const untold = state.gaps.filter(({ isTold }) => !isTold).slice(0, maximumFaults);
  if (untold.length === 0) return;
  const faults = untold.map(({ seq, from, reason, sender }) => ({ seq, from, reason, leaf: sender?.leaf }));
  const content = { type: "fault", seen: seenOf(state), faults } as const;
  step.queue("receipt", noId, encodeContent(content, contentContext(state, state.self)));
  for (const gap of untold) {
    // Nobody says again what was missed, and no receipt of this stay could speak of it.
    if (gap.reason === "missed") closeGap(step, gap.seq);
    else putGap(step, { ...gap, isTold: true });
  }
}

function reportLevel(step: Step, level: ReceiptLevel, due: number): void {
  const { state } = step;
  const { upTo, exceptions } = speakable(state, due);
  // What it held before it was removed and came back, it cannot speak of: a receipt is of one stay only.
  if (upTo <= joinedAt(state) || siblings(state).some((sibling) => hasSaid(state, sibling, level, due)))
    return;
  const receipt = { type: "receipt", level, upTo, seen: seenOf(state), exceptions } as const;
  step.queue("receipt", noId, encodeContent(receipt, contentContext(state, state.self)));
}

/** How far a receipt can speak: not of what could not be read, and of at most 256 such places. */
function speakable(state: ConversationState, due: number): { upTo: number; exceptions: number[] } {
  const since = joinedAt(state);
  const closed = state.gaps.map(({ seq }) => seq).filter((seq) => seq > since);
  const beyond = closed[maximumExceptions];
  let upTo = Math.min(due, beyond === undefined ? due : beyond - 1);
  while (closed.includes(upTo)) upTo -= 1;
  return { upTo, exceptions: closed.filter((seq) => seq < upTo) };
}

/** Whether another device of the person has reported all that is due here, so that nobody would learn anything. */
function hasSaid(state: ConversationState, sibling: Member, level: ReceiptLevel, due: number): boolean {
  const mark = reportOf(state.receipts, sibling, level);
  // What came before it was added, it cannot have spoken of.
  const isOld = sibling.since <= Math.max(state.reported[level], joinedAt(state));
  const closed = new Set(state.gaps.map(({ seq }) => seq));
  return mark !== undefined && isOld && mark.upTo >= due && mark.exceptions.every((seq) => closed.has(seq));
}

function ownLeaf({ self, members }: ConversationState): number {
  return members.findLast((member) => isSameDevice(member, self))?.leaf ?? 0;
}

function siblings(state: ConversationState): Member[] {
  const { self } = state;
  return presentMembers(state).filter(
    (member) => member.person === self.person && !isSameDevice(member, self),
  );
}
