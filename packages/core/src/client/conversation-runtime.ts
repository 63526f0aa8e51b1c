import { sameBytes } from "../codec/bytes.ts";
import { type DeviceName, fullName } from "../conversation/identity.ts";
import type { IntegrityFinding } from "../conversation/integrity.ts";
import { presentMembers } from "../conversation/members.ts";
import { passFork } from "../conversation/pass-fork.ts";
import { verifySeen } from "../conversation/receive-head.ts";
import { requestProposalCommit } from "../conversation/stage.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { ConversationEvent } from "../conversation/step.ts";
import { type ErrorCode, ReadbackError } from "../error.ts";
import { pendingProposals } from "../mls/group-view.ts";
import { Conversation } from "./conversation.ts";
import { DisplayedMarks } from "./displayed-marks.ts";
import { Emitter } from "./emitter.ts";
import type { Engine } from "./engine.ts";
import type { ClientEvents, ConversationEvents } from "./events.ts";
import { lastingFindings, readForkProof } from "./finding-news.ts";
import { ConversationFreshness } from "./freshness.ts";
import { readLogPage } from "./history.ts";
import { LogReader } from "./log-reader.ts";
import { LoopWatch } from "./loop-watch.ts";
import { deliver } from "./news.ts";
import type { Presence } from "./presence.ts";
import { Repairs } from "./repairs.ts";
import type { Session } from "./session.ts";
import { Submitter } from "./submitter.ts";
import { closed } from "./waiting.ts";

/** Milliseconds between two members' tries to commit what somebody has proposed: the first in the tree goes first. */
const proposalDelay = 300;

type Surroundings = {
  onFailure(error: unknown): void;
  onOvertaken(): void;
  others(): readonly ConversationRuntime[];
};
type Settle = { resolve(): void; reject(error: ReadbackError): void };

/** Everything that runs for one conversation while the client is open. The handle that applications hold is thin. */
export class ConversationRuntime {
  readonly #client: Emitter<ClientEvents>;
  readonly #intents = new Map<number, Settle>();
  readonly #endings = new Set<(error: ReadbackError) => void>();
  #news: Promise<void> = Promise.resolve();
  readonly #found = new Set<string>();
  #verifying = false;
  #passing = false;
  #isEnded = false;
  #cancelCommit: (() => void) | undefined;
  readonly engine: Engine;
  readonly id: string;
  readonly presence: Presence;
  readonly reader: LogReader;
  readonly submitter: Submitter;
  readonly events: Emitter<ConversationEvents>;
  readonly conversation: Conversation;
  readonly loops: LoopWatch;
  readonly freshness: ConversationFreshness;
  /** All running conversations of the client. */
  readonly others: () => readonly ConversationRuntime[];
  readonly displayed = new DisplayedMarks(this);
  readonly #repairs: Repairs;

  /** @param surroundings - what is called with what made reading or sending stop, and where it never comes to be */
  constructor(
    engine: Engine,
    id: string,
    presence: Presence,
    client: Emitter<ClientEvents>,
    { onFailure, onOvertaken, others }: Surroundings,
  ) {
    this.others = others;
    [this.engine, this.id, this.presence] = [engine, id, presence];
    this.#client = client;
    this.reader = new LogReader(engine, id, {
      onProgress: () => {
        this.submitter.pump();
        this.#repairs.pump();
        this.loops.arm();
        this.freshness.update();
      },
      // A fork is told by the step that has noted it.
      onFinding: (what) => {
        if (what !== "forked") this.find(what);
        this.freshness.update();
      },
      onOvertaken,
      onFailure,
    });
    this.submitter = new Submitter(engine, id, this.reader, {
      onFinding: (what) => this.find(what),
      onFailure,
    });
    this.events = new Emitter((error) => this.emit("error", { error, conversation: this.conversation }));
    this.conversation = new Conversation(this);
    this.loops = new LoopWatch(this);
    this.freshness = new ConversationFreshness(this);
    this.#repairs = new Repairs(this);
  }

  /** The durable state. */
  get state(): ConversationState {
    const state = this.engine.state(this.id);
    if (state === undefined)
      throw new ReadbackError("unknown-conversation", "There is no such conversation here.");
    return state;
  }

  /** This device. */
  get self(): DeviceName {
    return this.state.self;
  }

  /** A new session; the relay says that its log ends at `head`, where it has said so. */
  open(session: Session, head: number | undefined): void {
    this.#found.clear();
    this.#verifying = false;
    this.#verifySeen();
    if (!this.isHub(session)) {
      this.find("other-relay");
      return;
    }
    this.reader.open(session, head);
    this.submitter.open(session);
  }

  /** Whether a session is with the relay that keeps this log: members have agreed on its key, and not on what it says of itself. */
  isHub({ challenge }: Session): boolean {
    return sameBytes(challenge.logKey, this.state.hub.logKey);
  }

  /** The session is gone. */
  close(): void {
    this.reader.close();
    this.submitter.close();
    this.#cancelCommit?.();
    this.#cancelCommit = undefined;
    this.loops.arm();
    this.freshness.close();
  }

  /** Whether the client was closed. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The client closes: whoever waits hears `closed`. */
  end(): void {
    this.#isEnded = true;
    this.close();
    this.loops.stop();
    for (const ending of [...this.#endings]) ending(closed());
  }

  /** Calls `ending` when the client closes, and at once where it has. Returns its undo. */
  onEnd(ending: (error: ReadbackError) => void): () => void {
    if (this.#isEnded) ending(closed());
    else this.#endings.add(ending);
    return () => void this.#endings.delete(ending);
  }

  /** Follows a step that is durable now. */
  onStep(events: readonly ConversationEvent[]): void {
    for (const event of events) {
      if (event.type === "intent-done") this.#settle(event.number)?.resolve();
      if (event.type === "intent-failed") this.#settle(event.number)?.reject(failed(event.code));
    }
    const { phase } = this.state;
    if (phase === "frozen" || phase === "moved") {
      const code = phase === "frozen" ? "log-forked" : "conversation-moved";
      for (const number of [...this.#intents.keys()]) this.#settle(number)?.reject(failed(code));
    }
    const news = events.filter((event) => !this.#isOld(event));
    if (news.length > 0) this.#news = this.#news.then(() => this.#deliver(news));
    this.#verifySeen();
    this.#passFork();
    this.#watchProposals();
    this.submitter.pump();
    this.#repairs.pump();
    this.loops.arm();
    this.freshness.update();
  }

  /** Resolves when an intent has come true, rejects with its code when it cannot. Call it before the step is made, and `onEnd`. */
  outcome(number: number): Promise<void> {
    return new Promise((resolve, reject) => this.#intents.set(number, { resolve, reject }));
  }

  /** Tells the listeners of the conversation, then those of the client. */
  emit<Name extends keyof ConversationEvents>(name: Name, payload: ConversationEvents[Name]): void {
    this.events.emit(name, payload);
    this.#client.emit(name, payload as ClientEvents[Name]);
  }

  /** Whether anybody would hear an event. */
  isHeard(name: keyof ConversationEvents): boolean {
    return this.events.has(name) || this.#client.has(name);
  }

  /** Tells of something that no step has found; once in a connection. */
  find(what: IntegrityFinding): void {
    const finding = { type: "integrity", what, seq: this.state.position.seq } as const;
    if (!this.#isOld(finding)) this.#news = this.#news.then(() => this.#deliver([finding]));
  }

  /** Resolves when everything that has happened so far was told. */
  async quiet(): Promise<void> {
    await this.#news;
  }

  /** Whether it was told in this connection, and once is enough. */
  #isOld(event: ConversationEvent): boolean {
    if (event.type !== "integrity" || !lastingFindings.has(event.what)) return false;
    const key = `${event.what} ${event.by && fullName(event.by)}`;
    const isOld = this.#found.has(key);
    this.#found.add(key);
    return isOld;
  }

  async #deliver(events: readonly ConversationEvent[]): Promise<void> {
    for (const event of events) {
      try {
        await deliver(this, event);
      } catch (cause) {
        this.fail(cause);
      }
    }
  }

  /** Tells of what went wrong in the background. */
  fail(cause: unknown): void {
    const error =
      cause instanceof ReadbackError
        ? cause
        : new ReadbackError("storage-failed", "History could not be read.", { cause });
    // A client that was closed meanwhile has nobody left to tell.
    if (error.code !== "closed") this.emit("error", { error, conversation: this.conversation });
  }

  /** Compares what others have seen with the stored log, where it is too old to be at hand. */
  #verifySeen(): void {
    const { engine, id } = this;
    const [unverified] = this.state.unverified;
    if (unverified === undefined || this.#verifying) return;
    this.#verifying = true;
    readLogPage(engine, id, unverified.head.seq)
      .then((page) => engine.step(id, (step) => verifySeen(step, unverified, page)))
      .then(() => {
        this.#verifying = false;
        this.#verifySeen();
      })
      // What is left over is compared with the next session.
      .catch((error: unknown) => this.fail(error));
  }

  /** Hands the proof of a fork to the others, as soon as our own history is long enough to make it. */
  #passFork(): void {
    const { fork, phase } = this.state;
    if (fork === undefined || fork.isPassed || phase !== "frozen" || this.#passing) return;
    this.#passing = true;
    readForkProof(this)
      .then((proof) => {
        this.#passing = false;
        return proof && this.engine.step(this.id, (step) => passFork(step, proof));
      })
      // It is made again after the next start.
      .catch((error: unknown) => this.fail(error));
  }

  #settle(number: number): Settle | undefined {
    const settle = this.#intents.get(number);
    this.#intents.delete(number);
    return settle;
  }

  /** Commits what others have proposed; members take turns in the order of their leaves, so that one commit wins at once. */
  #watchProposals(): void {
    const { group, phase } = this.state;
    const waits = phase === "active" && group !== undefined && pendingProposals(group).length > 0;
    if (!waits) {
      this.#cancelCommit?.();
      this.#cancelCommit = undefined;
      return;
    }
    if (this.#cancelCommit !== undefined) return;
    const rank = presentMembers(this.state).filter(({ leaf }) => leaf < group.ownLeaf).length;
    const { clock } = this.engine;
    this.#cancelCommit = clock.wake(clock.now() + rank * proposalDelay, () => {
      this.#cancelCommit = undefined;
      this.engine.step(this.id, requestProposalCommit).catch((error: unknown) => {
        this.fail(error);
      });
    });
  }
}

function failed(code: ErrorCode): ReadbackError {
  return new ReadbackError(code, "What was asked for cannot come true.");
}
