import { sameBytes } from "../codec/bytes.ts";
import type { AnswerContent } from "./answer-content.ts";
import { type Asked, askedAt, type LoopVersion } from "./asked-at.ts";
import { type CriticalValue, type Mismatch, mismatches } from "./critical-value.ts";
import { stateOf } from "./loop-state.ts";
import type { MessageId } from "./message-id.ts";
import type { EscalationStep, Request, RequestMode } from "./request.ts";

export type { LoopVersion } from "./asked-at.ts";

/**
 * Where a request stands. `open`: no good answer yet. `acknowledged`: answered as it was asked. `confirmed`: and who
 * asked has confirmed it. `corrected`: who asked has corrected the answer, and waits for another one. `declined`: who
 * was asked will not. `expired`: the deadline passed, by the relay's time, without a good answer. `recalled`: who asked has
 * taken the message back, so nothing more is waited for.
 */
export type LoopState =
  | "open"
  | "acknowledged"
  | "confirmed"
  | "corrected"
  | "declined"
  | "expired"
  | "recalled";

/** An answer in its place in the log. */
export interface LoopEntry {
  readonly seq: number;
  readonly id: MessageId;
  readonly at: number;
  readonly person: string;
  readonly device: string;
  readonly content: AnswerContent;
}

/** Everything in the log that bears on one request: what {@link loopOf} is a function of. */
export interface LoopLog {
  /** The person who wrote the message, and so the one who asks. */
  readonly author: string;
  readonly versions: readonly [LoopVersion, ...LoopVersion[]];
  /** In the order of the log. */
  readonly entries: readonly LoopEntry[];
  /** The other persons who were members when the message was accepted. */
  readonly others: readonly string[];
  /** When the relay accepted the last entry that was read: how late it is, as far as the log tells. */
  readonly now: number;
}

/** What a person said to the request. */
export interface LoopAnswer {
  readonly seq: number;
  readonly id: MessageId;
  readonly person: string;
  readonly device: string;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
  readonly act: "seen" | "acknowledge" | "accept" | "decline" | "read-back";
  readonly text: string | undefined;
  /** What was read back. */
  readonly values: readonly CriticalValue[];
  /** Fields that were not read back as they were said. */
  readonly mismatches: readonly Mismatch[];
  /** Accepted after the deadline: kept, but it does not answer in time. */
  readonly isLate: boolean;
  /** About a version that was replaced since: kept, but it does not answer what is asked now. */
  readonly isOutdated: boolean;
  /** Whether it is an answer of the kind that was asked for, without a mistake. */
  readonly isGood: boolean;
  /** What who asked has made of it. */
  verdict:
    | { readonly act: "confirm" | "correct"; readonly at: number; readonly text: string | undefined }
    | undefined;
}

/** A step of the escalation that has happened: the first device to say so is the one that counts. */
export interface FiredStep extends EscalationStep {
  readonly step: number;
  readonly at: number;
  readonly person: string;
  readonly device: string;
}

/** Why an entry counts for nothing. Its author is a member, so this is a fault worth telling. */
export type LoopRefusal =
  | "unknown-message"
  /** Who asks cannot answer. */
  | "own-request"
  /** Only who asks confirms, corrects. */
  | "not-the-requester"
  | "unknown-answer"
  /** A mismatch, a refusal or an answer of another kind than was asked for cannot close the loop. */
  | "not-good"
  | "unknown-step"
  /** By the relay's time the step was not due. */
  | "too-early";

/** Where a request stands with one person. */
export interface LoopPerson {
  readonly person: string;
  readonly state: Exclude<LoopState, "expired">;
  /** The newest answer; `undefined` where there is none. */
  readonly answer: LoopAnswer | undefined;
  /** The step of the escalation that asked them; `undefined` for those asked from the beginning. */
  readonly step: number | undefined;
}

/** A request and what became of it. */
export interface LoopOutcome {
  readonly state: LoopState;
  /** Whether nothing more is to be waited for: answered, and with `read-back` confirmed too. */
  readonly isClosed: boolean;
  /** The version that answers are about now. */
  readonly version: LoopVersion;
  /** The version that brought the plan of escalation: its steps are counted from there. */
  readonly origin: LoopVersion;
  readonly request: Request;
  readonly mode: RequestMode;
  /** Who is asked and who has answered without being asked, in the order of asking. */
  readonly persons: readonly LoopPerson[];
  /** In the order of the log. */
  readonly answers: readonly LoopAnswer[];
  readonly deadline: number | undefined;
  readonly fired: readonly FiredStep[];
  /** The step to come and when it is due by the relay's time; none once the loop is closed. */
  readonly next: (EscalationStep & { readonly step: number; readonly due: number }) | undefined;
  readonly refused: readonly { readonly seq: number; readonly reason: LoopRefusal }[];
}

/** A step that has happened, of the plan that its origin brought. */
interface Fired {
  readonly origin: LoopVersion;
  readonly happened: FiredStep;
}

/**
 * What became of a request, from the log alone: the same on every device that has read as far, however the log came
 * there. `undefined` where nothing is asked.
 */
export function loopOf(log: LoopLog): LoopOutcome | undefined {
  const asked = askedAt(log.versions, Number.POSITIVE_INFINITY);
  if (asked === undefined) return undefined;
  const answers: LoopAnswer[] = [];
  const fired: Fired[] = [];
  const refused: { seq: number; reason: LoopRefusal }[] = [];
  for (const entry of log.entries) {
    const reason = take(log, entry, answers, fired);
    if (reason !== undefined) refused.push({ seq: entry.seq, reason });
  }
  const current = settled(log, asked, answers, fired, log.now);
  const ofPlan = firedOf(asked, fired);
  const steps = current.isClosed || asked.isRecalled ? [] : asked.request.escalation;
  const step = steps.findIndex((_, index) => !ofPlan.some((other) => other.step === index));
  const next = steps[step];
  return {
    ...current,
    version: asked.version,
    origin: asked.origin,
    request: asked.request,
    mode: asked.request.mode,
    answers: answers.map((answer) => ({ ...answer, isOutdated: isOutdated(log, answer, asked) })),
    deadline: asked.deadline,
    fired: ofPlan,
    next: next && { ...next, step, due: asked.origin.at + next.after },
    refused,
  };
}

/** Adds an entry to what came before it, or says why not. What came too late in a race is passed over in silence. */
function take(
  log: LoopLog,
  entry: LoopEntry,
  answers: LoopAnswer[],
  fired: Fired[],
): LoopRefusal | undefined {
  const { content, person, device, at } = entry;
  const asked = askedAt(log.versions, entry.seq);
  const version = log.versions.find(({ id }) => sameBytes(id, content.of));
  if (version === undefined || version.seq >= entry.seq) return "unknown-message";
  if (asked === undefined) return undefined;
  if (content.act === "escalate") {
    if (!sameBytes(asked.origin.id, content.of)) return undefined;
    const { step } = content;
    const planned = asked.request.escalation[step];
    if (planned === undefined) return "unknown-step";
    if (at < asked.origin.at + planned.after) return "too-early";
    const isOver =
      asked.isRecalled ||
      firedOf(asked, fired).some((other) => other.step === step) ||
      settled(log, asked, answers, fired, at).isClosed;
    if (!isOver) fired.push({ origin: asked.origin, happened: { ...planned, step, at, person, device } });
    return undefined;
  }
  if (content.act === "confirm" || content.act === "correct") {
    if (person !== log.author) return "not-the-requester";
    const answer = answers.find(({ id }) => sameBytes(id, content.answer));
    if (answer === undefined) return "unknown-answer";
    if (content.act === "confirm" && !answer.isGood) return "not-good";
    answer.verdict = { act: content.act, at, text: content.text };
    return undefined;
  }
  if (person === log.author) return "own-request";
  answers.push(answerOf(entry, content, asked, version));
  return undefined;
}

function answerOf(
  { seq, id, person, device, at }: LoopEntry,
  content: Exclude<AnswerContent, { act: "confirm" | "correct" | "escalate" }>,
  { request, deadline, version: current }: Asked,
  version: LoopVersion,
): LoopAnswer {
  const { act, text } = content;
  const values = content.act === "read-back" ? content.values : [];
  const wrong = content.act === "read-back" ? mismatches(request.values, values) : [];
  const isOutdated = version !== current;
  const isGood = !isOutdated && wrong.length === 0 && goodActs[request.mode].includes(act);
  const isLate = deadline !== undefined && at > deadline;
  const said = { seq, id, person, device, at, act, text, values, mismatches: wrong };
  return { ...said, isLate, isOutdated, isGood, verdict: undefined };
}

const goodActs: Readonly<Record<RequestMode, readonly LoopAnswer["act"][]>> = {
  seen: ["seen", "acknowledge", "accept", "read-back"],
  acknowledge: ["acknowledge", "accept", "read-back"],
  "accept-decline": ["accept"],
  "read-back": ["read-back"],
};

function settled(
  log: LoopLog,
  asked: Asked,
  answers: readonly LoopAnswer[],
  fired: readonly Fired[],
  now: number,
): Pick<LoopOutcome, "state" | "persons" | "isClosed"> {
  const current = answers.filter((answer) => !isOutdated(log, answer, asked));
  const of = asked.request.of.length > 0 ? asked.request.of : log.others;
  const isPast = asked.deadline !== undefined && now > asked.deadline;
  const standing = { of, any: asked.request.any, fired: firedOf(asked, fired), answers: current, isPast };
  const { state, persons } = stateOf(standing);
  if (asked.isRecalled) return { state: "recalled", persons, isClosed: false };
  const isClosed = state === "confirmed" || (state === "acknowledged" && asked.request.mode !== "read-back");
  return { state, persons, isClosed };
}

function isOutdated(
  { versions }: LoopLog,
  { seq, isOutdated: wasOutdated }: LoopAnswer,
  asked: Asked,
): boolean {
  return wasOutdated || versions.some((version) => version.seq > seq && version.seq <= asked.version.seq);
}

function firedOf({ origin }: Asked, fired: readonly Fired[]): FiredStep[] {
  return fired.filter((other) => other.origin === origin).map(({ happened }) => happened);
}
