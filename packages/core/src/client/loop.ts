import { askedAt } from "../conversation/asked-at.ts";
import { decodeContent } from "../conversation/content.ts";
import {
  type FiredStep,
  type LoopEntry,
  type LoopLog,
  type LoopOutcome,
  type LoopPerson,
  type LoopState,
  type LoopVersion,
  loopOf,
} from "../conversation/loop.ts";
import { personsAt, presentPersons } from "../conversation/members.ts";
import type { MessageRecord } from "../conversation/message-record.ts";
import type { Request, RequestMode } from "../conversation/request.ts";
import { ReadbackError } from "../error.ts";
import { Answer } from "./answer.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { readAnswers, readMessage } from "./history.ts";
import type { Message } from "./message.ts";
import { seqOf } from "./progress.ts";
import { contentOf, readChain, type VersionChain } from "./version-chain.ts";
import { abortable } from "./waiting.ts";

/** A request and what became of it: a function of the log alone, but for {@link Loop.isOverdue}. */
export interface Loop {
  readonly state: LoopState;
  /** Whether it was answered as it was asked, and with `read-back` confirmed too. */
  readonly isClosed: boolean;
  readonly mode: RequestMode;
  /** Milliseconds by the relay's time. */
  readonly deadline: number | undefined;
  /** Whether the deadline has passed **by this device's clock** and the loop is not closed. The log may not show it yet. */
  readonly isOverdue: boolean;
  /** Who is asked, in the order of asking, and then who has answered without being asked. */
  readonly persons: readonly (Omit<LoopPerson, "answer"> & { readonly answer: Answer | undefined })[];
  /** Everything that was answered, in the order of the log. */
  readonly answers: readonly Answer[];
  /** Steps of the escalation that have happened. */
  readonly fired: readonly FiredStep[];
  /** The step to come, with when it is due by the relay's time. */
  readonly next: LoopOutcome["next"];
  /** Who is asked and is no member now: they hear of nothing until somebody adds them and says it again. */
  readonly missing: readonly string[];
}

/** The loop of a message; see the method of a message. */
export async function readLoop(runtime: ConversationRuntime, message: Message): Promise<Loop | undefined> {
  const seq = await seqOf(runtime, message);
  if (seq !== undefined) {
    const found = await loopAt(runtime, seq);
    return found && loopFrom(runtime, found.log.author, found.outcome);
  }
  const { request, deadline } = message;
  const [at, author] = [runtime.engine.clock.now(), message.from];
  const version = { seq: 0, id: new Uint8Array(32), at, request, deadline, isRecall: false };
  const others = presentPersons(runtime.state).filter((person) => person !== author);
  const outcome = loopOf({ author, versions: [version], entries: [], others, now: 0 });
  // While the message waits nobody knows when its steps will be due.
  return outcome && loopFrom(runtime, author, { ...outcome, next: undefined });
}

/** A loop as the log has it, and the message that asks: its first version, or the first one that is here. */
export interface FoundLoop {
  readonly log: LoopLog;
  readonly outcome: LoopOutcome;
  readonly message: MessageRecord;
  /** The id of its first version, whether that is here or not. */
  readonly first: Uint8Array;
}

/** What the log says of the request of the message that has a version at a place, or `undefined` where nothing is asked. */
export async function loopAt(runtime: ConversationRuntime, seq: number): Promise<FoundLoop | undefined> {
  const { engine, id, state } = runtime;
  const record = await readMessage(engine, id, seq);
  const chain = record && (await readChain(runtime, record));
  if (chain === undefined) return undefined;
  const { author, first, records } = chain;
  const [message] = records;
  const versions = versionsOf(records);
  if (versions.every(({ request }) => request === undefined)) return undefined;
  const answers: MessageRecord[] = [];
  for (const version of records) answers.push(...(await readAnswers(engine, id, version.seq)));
  const log: LoopLog = {
    author,
    versions,
    entries: answers.sort((one, other) => one.seq - other.seq).flatMap(entryOf),
    others: personsAt(state, message.seq).filter((person) => person !== author),
    now: state.position.acceptedAt,
  };
  const outcome = loopOf(log);
  return outcome && { log, outcome, message, first };
}

/** What is asked with the version at a place: an edit that asks for nothing keeps what was asked before. */
export async function requestAt(runtime: ConversationRuntime, seq: number): Promise<Request | undefined> {
  const record = await readMessage(runtime.engine, runtime.id, seq);
  const chain = record && (await readChain(runtime, record));
  if (chain === undefined) return undefined;
  const versions = versionsOf(chain.records);
  const place = chain.records.findIndex((version) => version.seq === seq);
  return askedAt(versions.slice(0, place + 1), Number.POSITIVE_INFINITY)?.request;
}

/** What an application sees of a loop. */
export function loopFrom(runtime: ConversationRuntime, author: string, outcome: LoopOutcome): Loop {
  const { version, origin: _, refused: __, request: ___, ...seen } = outcome;
  const handles = new Map(
    outcome.answers.map((answer) => [answer.seq, new Answer(runtime, { author, version }, answer)]),
  );
  const present = new Set(presentPersons(runtime.state));
  const { deadline, isClosed } = outcome;
  return {
    ...seen,
    isOverdue: !isClosed && deadline !== undefined && runtime.engine.clock.now() > deadline,
    persons: outcome.persons.map((person) => ({
      ...person,
      answer: person.answer && handles.get(person.answer.seq),
    })),
    answers: [...handles.values()],
    missing: outcome.persons.map(({ person }) => person).filter((person) => !present.has(person)),
  };
}

/** Waits until a loop is closed; see the method of a message. */
export function waitForClosing(
  runtime: ConversationRuntime,
  message: Message,
  signal: AbortSignal | undefined,
): Promise<Loop> {
  return abortable<Loop>(signal, (resolve, reject) => {
    const undoLoop = runtime.events.on("loop", (event) => {
      if (!isSameMessage(event.message, message)) return;
      if (event.loop.isClosed) resolve(event.loop);
      else if (event.loop.state === "recalled") reject(recalled());
    });
    const undoReceipt = runtime.events.on("receipt", (event) => {
      if (event.message.id === message.id && event.status === "failed")
        reject(new ReadbackError("relay-refused", "The message will never be sent."));
    });
    const undoEnd = runtime.onEnd(reject);
    // Listening first, looking second: nothing can happen in between.
    readLoop(runtime, message).then(
      (loop) => {
        if (loop === undefined)
          reject(new ReadbackError("invalid-argument", "This message asks for nothing."));
        else if (loop.isClosed) resolve(loop);
        else if (loop.state === "recalled") reject(recalled());
      },
      (cause: unknown) =>
        reject(new ReadbackError("storage-failed", "History could not be read.", { cause })),
    );
    return () => {
      undoLoop();
      undoReceipt();
      undoEnd();
    };
  });
}

/** In order. A version that stands before the first one counts from there; of a false claim only that it was edited. */
function versionsOf([first, ...others]: VersionChain["records"]): [LoopVersion, ...LoopVersion[]] {
  const { seq, acceptedAt } = first;
  const later = others.map((record): LoopVersion => {
    const version = versionOf(record);
    return { ...version, seq: Math.max(seq, version.seq), at: Math.max(acceptedAt, version.at) };
  });
  return [versionOf(first), ...later.sort((one, other) => one.seq - other.seq)];
}

function versionOf(record: MessageRecord): LoopVersion {
  const { seq, id, acceptedAt: at, problem } = record;
  const content = contentOf(record);
  const { request, deadline } = problem === "" && content?.type === "text" ? content : {};
  return { seq, id, at, request, deadline, isRecall: content?.type === "recall" };
}

function isSameMessage(one: Message, other: Message): boolean {
  return (one.replaces ?? one.id) === (other.replaces ?? other.id);
}

function recalled(): ReadbackError {
  return new ReadbackError("message-recalled", "Its author has taken the message back.");
}

function entryOf({ seq, id, acceptedAt: at, author, content }: MessageRecord): LoopEntry[] {
  const decoded = decodeContent(content);
  const { person, device } = author;
  return decoded.type === "answer" ? [{ seq, id, at, person, device, content: decoded }] : [];
}
