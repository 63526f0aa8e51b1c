import { sameBytes } from "../codec/bytes.ts";
import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { readName, writeName } from "../wire/name.ts";
import type { Act } from "./answer-content.ts";
import { personsAt } from "./members.ts";
import { type MessageRecord, readRecordVersion } from "./message-record.ts";
import { numbered, recordName } from "./record-name.ts";
import type { Step } from "./step.ts";
import type { TextContent } from "./text-content.ts";

/** A request whose time still matters here: its deadline, its steps, and whether we owe a word that it was seen. */
export interface PendingRequest {
  /** The message's place in the log. */
  readonly seq: number;
  readonly id: Uint8Array;
  /** The id of the message's first version: its own, unless it is an edit. */
  readonly first: Uint8Array;
  /** The person who asks. */
  readonly author: string;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
  readonly deadline: number | undefined;
  /** When each step of the escalation is due, by the relay's time; `undefined` once it has happened. */
  readonly due: readonly (number | undefined)[];
  /** Whether this person is asked to say that they have seen it, and no device of theirs has. */
  readonly owesSeen: boolean;
}

/**
 * How many requests of one person are watched at once. Whoever asks more often loses the time of their own oldest ones
 * and of nobody else's; what was answered is told all the same.
 */
const maximumWatched = 64;

/**
 * Begins to watch what a text asks for, where time matters. What it stands for is watched no longer, but for the steps:
 * whose plan it is shows only when all versions are read.
 */
export function watchRequest(step: Step, record: MessageRecord, content: TextContent): void {
  const { self, requests } = step.state;
  const { request, deadline, replaces } = content;
  const { seq, id, acceptedAt: at } = record;
  const author = record.author.person;
  const first = replaces ?? id;
  const { of = [], mode, escalation = [] } = request ?? {};
  const isAsked = (of.length > 0 ? of : personsAt(step.state, seq)).includes(self.person);
  const owesSeen = mode === "seen" && isAsked && author !== self.person;
  const earlier = requests.filter((other) => other.author === author && sameBytes(other.first, first));
  if (request === undefined) {
    const last = earlier.at(-1);
    if (last !== undefined && deadline !== undefined) keep(step, { ...last, deadline });
    return;
  }
  for (const other of earlier) keep(step, { ...other, deadline: undefined, owesSeen: false });
  if (deadline === undefined && escalation.length === 0 && !owesSeen) return;
  const due = escalation.map(({ after }) => at + after);
  const others = requests.filter((other) => other.author === author);
  const oldest = others[others.length - maximumWatched];
  if (oldest !== undefined) forgetRequest(step, oldest.seq);
  keep(step, { seq, id, first, author, at, deadline, due, owesSeen });
}

/** Watches nothing any more of a message that its author has taken back. */
export function forgetRequests(step: Step, author: string, first: Uint8Array): void {
  for (const request of step.state.requests)
    if (request.author === author && sameBytes(request.first, first)) forgetRequest(step, request.seq);
}

/** Notes an answer that has its place in the log, or that is on its way there from this device. */
export function noteAnswer(
  step: Step,
  author: string,
  at: number,
  content: Act & { readonly of: Uint8Array },
): void {
  const request = step.state.requests.find(({ id }) => sameBytes(id, content.of));
  if (request === undefined) return;
  if (content.act === "seen" && author === step.state.self.person)
    keep(step, { ...request, owesSeen: false });
  if (content.act !== "escalate") return;
  const due = request.due[content.step];
  // Too early, it counts for nobody, and the step is still to come.
  if (due !== undefined && at >= due)
    keep(step, { ...request, due: request.due.with(content.step, undefined) });
}

/** Tells of deadlines that have passed by the relay's time since `before`, and forgets where nothing more is due. */
export function passTime(step: Step, before: number): void {
  const { position, requests } = step.state;
  const now = position.acceptedAt;
  if (now === before) return;
  for (const { seq, deadline = 0, due, owesSeen } of requests) {
    if (deadline >= before && deadline < now) step.emit({ type: "deadline", seq });
    const isOver = deadline < now && !owesSeen && due.every((at) => at === undefined);
    if (isOver) forgetRequest(step, seq);
  }
}

/** Ceases to watch the request at a place. */
export function forgetRequest(step: Step, seq: number): void {
  step.update({ requests: step.state.requests.filter((request) => request.seq !== seq) });
  step.remove(numbered(recordName.request, seq));
}

function keep(step: Step, request: PendingRequest): void {
  const others = step.state.requests.filter(({ seq }) => seq !== request.seq);
  step.update({ requests: [...others, request].sort((a, b) => a.seq - b.seq) });
  step.put(numbered(recordName.request, request.seq), encodePendingRequest(request));
}

/** The bytes of a request that is watched. */
export function encodePendingRequest(request: PendingRequest): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).safe(request.seq).raw(request.id).raw(request.first);
    writeName(writer, request.author);
    writer.safe(request.at).optional(request.deadline, (w, deadline) => w.safe(deadline));
    writer.list(request.due, (w, due) => w.optional(due, (v, at) => v.safe(at)));
    writer.u8(request.owesSeen ? 1 : 0);
  }, undefined);
}

/** A request from its record. Throws `malformed`. */
export function decodePendingRequest(bytes: Uint8Array): PendingRequest {
  return decode((reader: Reader) => {
    readRecordVersion(reader);
    const [seq, id, first] = [reader.safe(), reader.raw(32), reader.raw(32)];
    const [author, at] = [readName(reader), reader.safe()];
    const deadline = reader.optional((r) => r.safe());
    const due = reader.list((r) => r.optional((v) => v.safe()));
    return { seq, id, first, author, at, deadline, due, owesSeen: reader.optional(() => true) ?? false };
  }, bytes);
}
