import type { DeviceName } from "../conversation/identity.ts";
import { presentMembers } from "../conversation/members.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { ConversationEvent } from "../conversation/step.ts";
import { type ErrorCode, ReadbackError } from "../error.ts";
import { pendingProposals } from "../mls/group-view.ts";
import { Conversation } from "./conversation.ts";
import { Emitter } from "./emitter.ts";
import type { Engine } from "./engine.ts";
import type { ClientEvents, ConversationEvents } from "./events.ts";
import { LogReader } from "./log-reader.ts";
import { LoopWatch } from "./loop-watch.ts";
import { deliver } from "./news.ts";
import type { Presence } from "./presence.ts";
import { Repairs } from "./repairs.ts";
import type { Session } from "./session.ts";
import { requestProposalCommit, Submitter } from "./submitter.ts";

/** Milliseconds between two members' tries to commit what somebody has proposed: the first in the tree goes first. */
const proposalDelay = 300;

type Settle = { resolve(): void; reject(error: ReadbackError): void };

/** Everything that runs for one conversation while the client is open. The handle that applications hold is thin. */
export class ConversationRuntime {
  readonly #client: Emitter<ClientEvents>;
  readonly #intents = new Map<number, Settle>();
  readonly #endings = new Set<(error: ReadbackError) => void>();
  #news: Promise<void> = Promise.resolve();
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
  readonly #repairs: Repairs;

  /** @param onFailure - called with what made reading or sending stop */
  constructor(
    engine: Engine,
    id: string,
    presence: Presence,
    client: Emitter<ClientEvents>,
    onFailure: (error: unknown) => void,
  ) {
    this.engine = engine;
    this.id = id;
    this.presence = presence;
    this.#client = client;
    const onDrained = (): void => {
      this.submitter.pump();
      this.#repairs.pump();
      this.loops.arm();
    };
    this.reader = new LogReader(engine, id, onDrained, onFailure);
    this.submitter = new Submitter(engine, id, this.reader, onFailure);
    this.events = new Emitter((error) => this.emit("error", { error, conversation: this.conversation }));
    this.conversation = new Conversation(this);
    this.loops = new LoopWatch(this);
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

  /** A new session; the relay's log ends at `head`. */
  open(session: Session, head: number): void {
    this.reader.open(session, head);
    this.submitter.open(session);
  }

  /** The session is gone. */
  close(): void {
    this.reader.close();
    this.submitter.close();
    this.#cancelCommit?.();
    this.#cancelCommit = undefined;
    this.loops.arm();
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
    const error = new ReadbackError("closed", "The client was closed before this came true.");
    for (const { reject } of this.#intents.values()) reject(error);
    this.#intents.clear();
    for (const ending of [...this.#endings]) ending(error);
  }

  /** Calls `ending` when the client closes. Returns its undo. */
  onEnd(ending: (error: ReadbackError) => void): () => void {
    this.#endings.add(ending);
    return () => void this.#endings.delete(ending);
  }

  /** Follows a step that is durable now. */
  onStep(events: readonly ConversationEvent[]): void {
    for (const event of events) {
      if (event.type === "intent-done") this.#settle(event.number)?.resolve();
      else if (event.type === "intent-failed") this.#settle(event.number)?.reject(failed(event.code));
    }
    if (events.length > 0) this.#news = this.#news.then(() => this.#deliver(events));
    this.#watchProposals();
    this.submitter.pump();
    this.#repairs.pump();
    this.loops.arm();
  }

  /** Resolves when an intent has come true, rejects with its code when it cannot. Call it before the step is made. */
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

  /** Resolves when everything that has happened so far was told. */
  async quiet(): Promise<void> {
    await this.#news;
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
        if (error instanceof ReadbackError) this.emit("error", { error, conversation: this.conversation });
      });
    });
  }
}

function failed(code: ErrorCode): ReadbackError {
  return new ReadbackError(code, "What was asked for cannot come true.");
}
