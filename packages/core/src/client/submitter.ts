import { failIntent } from "../conversation/depart.ts";
import { needsFreshKeys } from "../conversation/fresh-keys.ts";
import type { IntegrityFinding } from "../conversation/integrity.ts";
import { isStagedOver } from "../conversation/leaf-credential.ts";
import { postponeLeafUpdate, requestLeafUpdate } from "../conversation/leaf-update.ts";
import { rejoinIntent } from "../conversation/rejoin.ts";
import { reportReceipts } from "../conversation/report.ts";
import { requestProposalCommit, stageNextIntent } from "../conversation/stage.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { Step } from "../conversation/step.ts";
import {
  dropStaged,
  encryptOutgoing,
  giveUp,
  isStale,
  pendingRequests,
  type Submitted,
} from "../conversation/submit.ts";
import { ReadbackError } from "../error.ts";
import type { Answer } from "../wire/answer.ts";
import { askForPlace } from "./ask-for-place.ts";
import type { Engine } from "./engine.ts";
import { LeafUpdatePace } from "./leaf-update-pace.ts";
import type { LogReader } from "./log-reader.ts";
import { ReceiptPace } from "./receipt-pace.ts";
import { RetryPace } from "./retry-pace.ts";
import type { Session } from "./session.ts";
import { tellCommitFault } from "./tell-commit-fault.ts";

/** How many contents of one conversation are under way at once. */
export const submissionWindow = 64;

/** Among what was turned down: the question for a group to rejoin. */
const rejoinKey = "rejoin";

/** Milliseconds at most until the relay is asked again for what it has turned down. */
const longestDelay = { ofBytes: 4_000, ofPlace: 60_000 } as const;

/** How often in a row our changes of members are turned down before it is told. */
const mostRefusals = 5;

/** What a submitter tells. */
export interface SubmitterHandler {
  /** The relay does not do with our bytes what it should. */
  onFinding(what: IntegrityFinding): void;
  /** Connection or storage failed; a new session begins again. */
  onFailure(error: unknown): void;
}

/**
 * Hands one conversation's outgoing bytes to the relay, in order, while there is a session and the log is drained.
 * What it sends was stored before; the log, not the answer, says that something has arrived.
 */
export class Submitter {
  readonly #engine: Engine;
  readonly #id: string;
  readonly #reader: LogReader;
  readonly #handler: SubmitterHandler;
  readonly #receipts: ReceiptPace;
  readonly #leafUpdates: LeafUpdatePace;
  readonly #retry: RetryPace;
  readonly #underWay = new Set<string>();
  /** Payloads that are in the log, by the relay's answer. */
  readonly #accepted = new Set<string>();
  /** Payloads that the relay has just turned down: not sent again at once, or it could keep us busy for ever. */
  readonly #turnedDown = new Set<string>();
  #session: Session | undefined;
  #working = false;
  #again = false;
  #refusals = 0;
  #hasToldFault = false;

  /** Sends nothing until {@link Submitter.open}. */
  constructor(engine: Engine, id: string, reader: LogReader, handler: SubmitterHandler) {
    this.#engine = engine;
    this.#id = id;
    this.#reader = reader;
    this.#handler = handler;
    this.#retry = new RetryPace(engine.clock);
    this.#receipts = new ReceiptPace(engine.clock, () => this.pump());
    this.#leafUpdates = new LeafUpdatePace(engine.clock, engine.leafUpdates, () => this.pump());
  }

  /** A new session: whatever was under way is unknown, and is sent again as it is. */
  open(session: Session): void {
    this.#session = session;
    this.#hasToldFault = false;
    this.#retry.reset();
    for (const set of [this.#underWay, this.#accepted, this.#turnedDown]) set.clear();
    this.pump();
  }

  /** The session is gone. */
  close(): void {
    this.#session = undefined;
    this.#receipts.close();
    this.#retry.close();
    this.#leafUpdates.close();
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
      .catch((error: unknown) => this.#handler.onFailure(error))
      .finally(() => {
        this.#working = false;
        if (this.#again && this.#session !== undefined) this.pump();
      });
  }

  /** Queues receipts, encrypts and stages: everything that a step may add before it is stored. */
  prepare(step: Step): void {
    if (!this.isReady) return;
    if (this.#receipts.mayReport(step.state)) {
      this.#receipts.pause(step.state);
      reportReceipts(step);
    }
    if (this.#leafUpdates.isDue(step.state, step.tools)) {
      this.#leafUpdates.take(step.state, step.tools);
      requestLeafUpdate(step);
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
    const state = this.#engine.state(this.#id);
    if (state !== undefined && this.#session !== undefined)
      this.#leafUpdates.arm(state, this.#engine.tools());
  }

  #needsPreparation(state: ConversationState): boolean {
    const tools = this.#engine.tools();
    if (this.#receipts.mayReport(state) || isStagedOver(state, tools)) return true;
    if (state.staged !== undefined || state.creation !== undefined) return false;
    if (this.#leafUpdates.isDue(state, tools)) return true;
    if (state.intents.length > 0) return rejoinIntent(state) === undefined;
    return isStale(state, tools, submissionWindow);
  }

  #send(): void {
    const state = this.#engine.state(this.#id);
    const session = this.#session;
    if (state === undefined || session === undefined || !this.isReady) return;
    const ready = pendingRequests(state, this.#engine.tools());
    const keys = new Set(ready.map(({ key }) => key));
    for (const set of [this.#underWay, this.#accepted])
      for (const key of set) if (!keys.has(key)) set.delete(key);
    if (state.staged === undefined) this.#refusals = 0;
    for (const submitted of ready) {
      const { key } = submitted;
      // What comes after it has to wait as well: people's words keep their order.
      if (this.#turnedDown.has(key)) return;
      // The log is drained: what the relay says is in it, and is not, is offered again after a while.
      if (this.#accepted.delete(key)) {
        this.#handler.onFinding("withheld");
        this.#turnDown(submitted);
        return;
      }
      if (this.#underWay.has(key)) continue;
      this.#underWay.add(key);
      session
        .request(submitted.request)
        .then((answer) => this.#answered(session, submitted, answer))
        // A session that ends takes its answers with it; the next one sends the same bytes again.
        .catch((error: unknown) => {
          if (this.#session === session && !session.isClosed) this.#handler.onFailure(error);
          else this.#countRefusal(submitted);
        });
    }
  }

  async #answered(session: Session, submitted: Submitted, answer: Answer): Promise<void> {
    if (this.#session !== session) return;
    const isRejoin = submitted.about === "staged" && this.#isRejoining();
    if (answer.type === "appended") {
      this.#accepted.add(submitted.key);
      this.#retry.reset();
      if (isRejoin) this.#reader.expectPlace(answer.seq);
      else this.#reader.expect(answer.seq);
      return;
    }
    // It says nothing of what became of the bytes: they may be in the log. The next session offers them again.
    if (answer.type !== "refused" && answer.type !== "epoch-changed")
      throw new ReadbackError(
        "protocol-violation",
        "The relay answered something else than what it was asked.",
      );
    this.#turnDown(submitted);
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
    const { code } = answer;
    if (code === "rate-limited" && submitted.about === "staged") await this.#postpone(submitted);
    if (code === "unavailable" || code === "rate-limited") return;
    if (code === "commit-first" || code === "missing-proposals") await this.#commitProposals(submitted);
    else await this.#abandon(submitted, code === "quota-exceeded" ? code : "relay-refused");
  }

  #isRejoining(): boolean {
    const state = this.#engine.state(this.#id);
    return state !== undefined && rejoinIntent(state) !== undefined;
  }

  async #stageRejoin(): Promise<void> {
    if (this.#session === undefined || this.#turnedDown.has(rejoinKey)) return;
    const outcome = await askForPlace(this.#engine, this.#id, this.#session);
    if (outcome === "staged") {
      this.#again = true;
      return;
    }
    this.#turnedDown.add(rejoinKey);
    this.#retryLater(longestDelay.ofPlace);
    if (outcome === "nothing") await this.#tellFault();
  }

  /** Others may be able to undo what this device cannot process. They hear of it once in a session. */
  async #tellFault(): Promise<void> {
    if (this.#session === undefined || this.#hasToldFault) return;
    this.#hasToldFault = true;
    await tellCommitFault(this.#engine, this.#id, this.#session);
  }

  #turnDown(submitted: Submitted): void {
    this.#underWay.delete(submitted.key);
    this.#turnedDown.add(submitted.key);
    this.#countRefusal(submitted);
    this.#retryLater(longestDelay.ofBytes);
  }

  #retryLater(longest: number): void {
    this.#retry.later(longest, () => {
      this.#turnedDown.clear();
      this.pump();
    });
  }

  #countRefusal({ about }: Submitted): void {
    if (about !== "staged") return;
    this.#refusals += 1;
    if (this.#refusals >= mostRefusals) this.#handler.onFinding("blocked");
  }

  /** Too many handshakes: nobody has to wait for a leaf update. */
  #postpone(submitted: Submitted): Promise<unknown> {
    return this.#engine.step(this.#id, (step) => {
      const { staged, intents } = step.state;
      const isUpdate = intents.some(({ type, number }) => type === "update" && number === staged?.intent);
      // Where nothing is said before it has come true, the same one is offered again.
      if (isUpdate && !needsFreshKeys(step.state) && dropStaged(step, submitted) !== undefined)
        postponeLeafUpdate(step);
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
  async #abandon(submitted: Submitted, code: "quota-exceeded" | "relay-refused"): Promise<void> {
    await this.#engine.step(this.#id, (step) => {
      if (submitted.about === "outgoing") giveUp(step, submitted.number, code);
      const intent = dropStaged(step, submitted);
      if (intent !== undefined) failIntent(step, intent, code);
      if (submitted.about === "creation")
        for (const { number } of step.state.intents) step.endIntent(number, code);
    });
    this.#reader.expect();
  }
}
