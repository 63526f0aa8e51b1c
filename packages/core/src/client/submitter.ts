import { hex } from "../codec/hex.ts";
import { rejoinIntent } from "../conversation/rejoin.ts";
import { receiptInterval, receiptsDue, receiptWait, reportReceipts } from "../conversation/report.ts";
import { stageNextIntent } from "../conversation/stage.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { Step } from "../conversation/step.ts";
import { encryptOutgoing, giveUp, pendingRequests, type Submitted } from "../conversation/submit.ts";
import type { Answer } from "../wire/answer.ts";
import { askForPlace } from "./ask-for-place.ts";
import type { Engine } from "./engine.ts";
import type { LogReader } from "./log-reader.ts";
import type { Session } from "./session.ts";

/** How many contents of one conversation are under way at once. */
export const submissionWindow = 64;

/** Among what was turned down: the question for a group to rejoin. */
const rejoinKey = "rejoin";

/** Milliseconds until the same bytes are offered again that the relay has turned down. */
const busyDelay = 1_000;

/**
 * Hands one conversation's outgoing bytes to the relay, in order, while there is a session and the log is drained.
 * What it sends was stored before; the log, not the answer, says that something has arrived.
 */
export class Submitter {
  readonly #engine: Engine;
  readonly #id: string;
  readonly #reader: LogReader;
  readonly #onFailure: (error: unknown) => void;
  readonly #underWay = new Set<string>();
  /** Payloads that the relay has just turned down: not sent again at once, or it could keep us busy for ever. */
  readonly #turnedDown = new Set<string>();
  #session: Session | undefined;
  #working = false;
  #again = false;
  /** Undoes the end of the pause after receipts; `undefined` outside of a pause. */
  #endOfPause: (() => void) | undefined;
  /** The same for the wait before them, and whether it is over. */
  #endOfWait: (() => void) | undefined;
  #hasWaited = false;
  #cancelRetry: () => void = () => {};

  /** @param onFailure - called with what made submitting stop; a new session begins again */
  constructor(engine: Engine, id: string, reader: LogReader, onFailure: (error: unknown) => void) {
    this.#engine = engine;
    this.#id = id;
    this.#reader = reader;
    this.#onFailure = onFailure;
  }

  /** A new session: whatever was under way is unknown, and is sent again as it is. */
  open(session: Session): void {
    this.#session = session;
    this.#underWay.clear();
    this.#turnedDown.clear();
    this.pump();
  }

  /** The session is gone. */
  close(): void {
    this.#session = undefined;
    this.#endOfPause?.();
    this.#endOfPause = undefined;
    this.#endOfWait?.();
    this.#endOfWait = undefined;
    this.#cancelRetry();
  }

  /** Whether content can be encrypted right now: then saying and encrypting are one step. */
  get isReady(): boolean {
    return this.#session !== undefined && this.#reader.isCurrent;
  }

  /** Prepares what can be prepared, and sends what is ready. Cheap where there is nothing to do. */
  pump(): void {
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    this.#work()
      .catch((error: unknown) => this.#onFailure(error))
      .finally(() => {
        this.#working = false;
        if (this.#again && this.#session !== undefined) this.pump();
      });
  }

  /** Queues receipts, encrypts and stages: everything that a step may add before it is stored. */
  prepare(step: Step): void {
    if (!this.isReady) return;
    if (this.#mayReport(step.state)) {
      this.#pause(step.state);
      reportReceipts(step);
    }
    if (step.state.creation === undefined) stageNextIntent(step);
    // A commit under way would make everything encrypted before it stale.
    if (step.state.staged === undefined) encryptOutgoing(step, submissionWindow);
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const state = this.#engine.state(this.#id);
      if (state === undefined || !this.isReady) return;
      if (rejoinIntent(state) !== undefined && state.staged === undefined) await this.#stageRejoin();
      else if (this.#needsPreparation(state)) await this.#engine.step(this.#id, (step) => this.prepare(step));
      this.#send();
    }
  }

  #needsPreparation(state: ConversationState): boolean {
    if (this.#mayReport(state)) return true;
    if (state.staged !== undefined || state.creation !== undefined) return false;
    if (state.intents.length > 0) return rejoinIntent(state) === undefined;
    if (state.group === undefined || state.group.pending.length > 0) return false;
    return state.outgoing
      .slice(0, submissionWindow)
      .some((outgoing) => outgoing.submission?.epoch !== state.group?.epoch);
  }

  /** What was only stored waits: for what is displayed next, and for another device of the person. */
  #mayReport(state: ConversationState): boolean {
    const due = receiptsDue(state);
    if (due === undefined || this.#endOfPause !== undefined) return false;
    const wait = receiptWait(state);
    if (due === "now" || wait === 0 || this.#hasWaited) return true;
    this.#endOfWait ??= this.#after(wait, () => {
      this.#endOfWait = undefined;
      this.#hasWaited = true;
    });
    return false;
  }

  #pause(state: ConversationState): void {
    this.#endOfWait?.();
    this.#endOfWait = undefined;
    this.#hasWaited = false;
    this.#endOfPause = this.#after(receiptInterval(state), () => {
      this.#endOfPause = undefined;
    });
  }

  /** By a timer, not by comparing times: a clock that is set back must not hold receipts back with it. */
  #after(delay: number, then: () => void): () => void {
    const { clock } = this.#engine;
    return clock.wake(clock.now() + delay, () => {
      then();
      this.pump();
    });
  }

  #send(): void {
    const state = this.#engine.state(this.#id);
    const session = this.#session;
    if (state === undefined || session === undefined || !this.isReady) return;
    const ready = pendingRequests(state).map((submitted) => ({ submitted, key: keyOf(submitted, state) }));
    const keys = new Set(ready.map(({ key }) => key));
    for (const key of this.#underWay) if (!keys.has(key)) this.#underWay.delete(key);
    for (const { submitted, key } of ready) {
      // What comes after it has to wait as well: people's words keep their order.
      if (this.#turnedDown.has(key)) return;
      if (this.#underWay.has(key)) continue;
      this.#underWay.add(key);
      session
        .request(submitted.request)
        .then((answer) => this.#answered(session, submitted, key, answer))
        // A session that ends takes its answers with it; the next one sends the same bytes again.
        .catch((error: unknown) => {
          if (this.#session === session && !session.isClosed) this.#onFailure(error);
        });
    }
  }

  async #answered(session: Session, submitted: Submitted, key: string, answer: Answer): Promise<void> {
    if (this.#session !== session) return;
    const isRejoin = submitted.about === "staged" && this.#isRejoining();
    if (answer.type === "appended") {
      if (isRejoin) this.#reader.expectPlace(answer.seq);
      else this.#reader.expect(answer.seq);
      return;
    }
    this.#underWay.delete(key);
    this.#turnedDown.add(key);
    this.#retryLater();
    if (isRejoin) {
      // Made anew for the epoch that the log is in by then.
      await this.#engine.step(this.#id, (step) => void dropStaged(step, submitted));
      if (answer.type === "epoch-changed") this.pump();
      return;
    }
    if (answer.type === "epoch-changed") {
      // Somebody's commit came first: the log has it, and what is still waiting then is made anew.
      this.#reader.expect();
      return;
    }
    const code = answer.type === "refused" ? answer.code : "refused";
    if (code === "unavailable" || code === "rate-limited") return;
    if (code === "commit-first" || code === "missing-proposals") await this.#commitProposals(submitted);
    else await this.#abandon(submitted);
  }

  #isRejoining(): boolean {
    const state = this.#engine.state(this.#id);
    return state !== undefined && rejoinIntent(state) !== undefined;
  }

  async #stageRejoin(): Promise<void> {
    if (this.#session === undefined || this.#turnedDown.has(rejoinKey)) return;
    if (await askForPlace(this.#engine, this.#id, this.#session)) {
      this.#again = true;
      return;
    }
    this.#turnedDown.add(rejoinKey);
    this.#retryLater();
  }

  #retryLater(): void {
    this.#cancelRetry();
    const { clock } = this.#engine;
    this.#cancelRetry = clock.wake(clock.now() + busyDelay, () => {
      this.#turnedDown.clear();
      this.pump();
    });
  }

  /** Proposals wait that must be committed before anything else is taken. */
  async #commitProposals(submitted: Submitted): Promise<void> {
    await this.#engine.step(this.#id, (step) => {
      dropStaged(step, submitted);
      requestProposalCommit(step);
    });
    this.#reader.expect();
  }

  /** The relay will never take it: give up on it, and say so. */
  async #abandon(submitted: Submitted): Promise<void> {
    await this.#engine.step(this.#id, (step) => {
      const code = "relay-refused";
      if (submitted.about === "outgoing") giveUp(step, submitted.number, code);
      const intent = dropStaged(step, submitted);
      if (intent !== undefined) step.endIntent(intent, code);
      if (submitted.about === "creation")
        for (const { number } of step.state.intents) step.endIntent(number, code);
    });
    this.#reader.expect();
  }
}

/** Drops the staged handshake that was submitted, unless it is gone already. Returns the number of its intent. */
function dropStaged(step: Step, { about, request }: Submitted): number | undefined {
  const { staged } = step.state;
  if (about !== "staged" || staged?.submission.payload !== request.payload) return undefined;
  step.update({ staged: undefined });
  return staged.intent;
}

/** Adds the intent to commit what others have proposed, unless it is there. */
export function requestProposalCommit(step: Step): void {
  if (step.state.phase !== "active" || step.state.intents.some(({ type }) => type === "commit-proposals"))
    return;
  step.addIntent({ number: step.takeNumber(), type: "commit-proposals" });
}

function keyOf(submitted: Submitted, state: ConversationState): string {
  if (submitted.about === "creation") return "creation";
  const submission =
    submitted.about === "staged"
      ? state.staged?.submission
      : state.outgoing.find(({ number }) => number === submitted.number)?.submission;
  return hex(submission?.payloadHash ?? new Uint8Array());
}
