import { fromHex } from "../codec/hex.ts";
import type { IntegrityFinding } from "../conversation/integrity.ts";
import { type PageOutcome, receiveEntries } from "../conversation/receive-entries.ts";
import { contradicts, receiveHead } from "../conversation/receive-head.ts";
import { mayGoOnAt } from "../conversation/rejoin.ts";
import type { ConversationState } from "../conversation/state.ts";
import { ReadbackError } from "../error.ts";
import type { Answer } from "../wire/answer.ts";
import type { LogEntry, LogHead } from "../wire/entry.ts";
import type { Engine } from "./engine.ts";
import { RetryPace } from "./retry-pace.ts";
import type { Session } from "./session.ts";

/** Entries to ask for at once: what a page needs in memory is then gone before the next one, and a write is not small. */
const pageLength = 128;

/**
 * Milliseconds at most until a log is tried again that could not be read on from. A relay that is whole again is read on
 * soon, and one that never is costs two questions a minute.
 */
const longestDelay = 30_000;

/** What a log reader tells. */
export interface LogReaderHandler {
  /** There is nothing more to read for now. */
  onProgress(): void;
  /** What the relay shows cannot be read on from. Nothing of it counts, and nothing is sent, until it is tried again. */
  onFinding(what: IntegrityFinding): void;
  /** Another member has opened the log that this device was about to open. */
  onOvertaken(): void;
  /** Connection or storage failed; a new session begins again. */
  onFailure(error: unknown): void;
}

type Page = Extract<Answer, { type: "entries" }>;
type Outcome = PageOutcome | "same" | "rolled-back" | "withheld";

/**
 * Brings one conversation's log to this device. Pushed entries that come next are taken as they are; wherever
 * something is missing, pages are fetched from the cursor on, so nothing is asked for twice and nothing is passed over.
 */
export class LogReader {
  readonly #engine: Engine;
  readonly #id: string;
  readonly #handler: LogReaderHandler;
  #session: Session | undefined;
  #known = 0;
  #pushed: { entry: LogEntry; head: LogHead }[] = [];
  /** A head of another history than ours. */
  #strange: LogHead | undefined;
  #working = false;
  #reading: Promise<void> = Promise.resolve();
  #probe = false;
  #missedUpTo = 0;
  #isStuck = false;
  readonly #retry: RetryPace;

  /** Reads nothing until {@link LogReader.open}. */
  constructor(engine: Engine, id: string, handler: LogReaderHandler) {
    this.#engine = engine;
    this.#id = id;
    this.#handler = handler;
    this.#retry = new RetryPace(engine.clock);
  }

  /** Whether everything that this session has heard of is processed, or nothing more can be. */
  get isCurrent(): boolean {
    return this.#session !== undefined && !this.#working && !this.#isStuck && !this.#hasWork();
  }

  /** A new session: reads from the cursor up to `head`, which may be unknown. */
  open(session: Session, head: number | undefined): void {
    const { seq } = this.#state().position;
    this.close();
    this.#session = session;
    this.#known = Math.max(head ?? 0, seq);
    // A log that ends before our cursor was set back: its signed head has to say so.
    this.#probe = head !== undefined && head < seq;
    this.#work();
  }

  /** The session is gone. */
  close(): void {
    this.#session = undefined;
    this.#pushed = [];
    this.#strange = undefined;
    this.#probe = false;
    this.#missedUpTo = 0;
    this.#isStuck = false;
    this.#retry.close();
  }

  /** The relay pushed an entry. */
  push(entry: LogEntry, head: LogHead): void {
    const { seq } = entry.header;
    this.#known = Math.max(this.#known, seq);
    const state = this.#state();
    const next = this.#pushed.at(-1)?.entry.header.seq ?? state.position.seq;
    // Entries beyond a gap are left, and all that come while nothing is read: they come with the pages that close it.
    if (seq === next + 1 && !this.#isStuck) this.#pushed.push({ entry, head });
    else if (contradicts(state, head.seq, head.entryHash)) this.#strange = head;
    this.#work();
  }

  /** There is an entry `seq`, or, without a number, maybe more than this session has heard of. */
  expect(seq?: number): void {
    if (seq === undefined) this.#probe = true;
    else this.#known = Math.max(this.#known, seq);
    this.#work();
  }

  /** Whether the relay has shown what cannot be read on from. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /**
   * Reads what the relay has up to entry `seq`, or all of it. Resolves when it is processed, or there is nothing more to be read;
   * rejects with `transport-failed` where the session ends first.
   */
  async readUpTo(seq?: number): Promise<void> {
    this.expect(seq);
    while (this.#working) await this.#reading;
    if (this.#session === undefined)
      throw new ReadbackError("transport-failed", "The session has ended before the log was read.");
  }

  /** The relay says that this device has its place in the group again from entry `seq` on. */
  expectPlace(seq: number): void {
    this.#missedUpTo = seq;
    this.expect(seq);
  }

  #state(): ConversationState {
    const state = this.#engine.state(this.#id);
    if (state === undefined)
      throw new ReadbackError("unknown-conversation", "There is no such conversation here.");
    return state;
  }

  #work(): void {
    if (this.#working || this.#session === undefined) return;
    this.#working = true;
    const session = this.#session;
    this.#reading = this.#read(session)
      .catch((error: unknown) => {
        if (this.#session !== session) return;
        // What failed would fail again at once: the next session begins anew, after a while.
        this.close();
        this.#handler.onFailure(error);
      })
      .finally(() => {
        this.#working = false;
        // What arrived in the last moment, or a session that has begun meanwhile, still has to be read.
        if (this.#session !== session || this.#hasWork()) this.#work();
        else this.#handler.onProgress();
      });
  }

  #hasWork(): boolean {
    const state = this.#engine.state(this.#id);
    if (state === undefined || state.phase === "left" || this.#isStuck) return false;
    const { seq } = state.position;
    if (state.phase === "halted" && seq >= this.#missedUpTo) return false;
    return this.#pushed.length > 0 || this.#strange !== undefined || this.#probe || this.#known > seq;
  }

  async #read(session: Session): Promise<void> {
    while (this.#session === session && this.#hasWork()) {
      const outcome = await this.#readOn(session);
      if (this.#session !== session) return;
      if (outcome === "read" || outcome === "same") this.#retry.reset();
      else if (outcome !== "overtaken") this.#stop(outcome);
      else {
        this.#isStuck = true;
        this.#handler.onOvertaken();
      }
    }
  }

  /** The session goes on, for other conversations and for this one: it is tried again after a while. */
  #stop(finding: IntegrityFinding): void {
    this.#isStuck = true;
    this.#pushed = [];
    this.#retry.later(longestDelay, () => {
      this.#isStuck = false;
      this.expect();
    });
    this.#handler.onFinding(finding);
  }

  #readOn(session: Session): Promise<Outcome> {
    const strange = this.#strange;
    this.#strange = undefined;
    if (strange !== undefined) return this.#judge(strange, 0);
    return this.#takesPushed() ? this.#applyPushed() : this.#fetchPages(session);
  }

  /** Whether the pushed entries are the ones that come next. */
  #takesPushed(): boolean {
    const { seq } = this.#state().position;
    this.#pushed = this.#pushed.filter(({ entry }) => entry.header.seq > seq);
    return this.#pushed[0]?.entry.header.seq === seq + 1;
  }

  #applyPushed(): Promise<Outcome> {
    return this.#engine.step(this.#id, (step) => {
      // Everything that has piled up while the last write was under way makes one step, and one write.
      const batch = this.#pushed.splice(0);
      const last = batch.at(-1);
      if (last === undefined) return "read";
      return receiveEntries(
        step,
        batch.map(({ entry }) => entry),
        last.head,
        this.#missedUpTo,
      );
    });
  }

  #judge(head: LogHead, after: number): Promise<Outcome> {
    return this.#engine.step(this.#id, (step) => receiveHead(step, head, after));
  }

  async #fetchPages(session: Session): Promise<Outcome> {
    this.#probe = false;
    let after = this.#state().position.seq;
    let answer = this.#fetch(session, after);
    for (;;) {
      const page = await answer;
      if (typeof page === "string") return page;
      const { entries, head } = page;
      const last = entries.at(-1)?.header.seq;
      if (last === undefined) {
        // The relay has nothing beyond our cursor, whatever it said before.
        this.#known = this.#state().position.seq;
        return this.#judge(head, after);
      }
      // Another part of the log than was asked for would be asked for again for ever.
      const first = entries[0]?.header.seq ?? 0;
      if (first !== after + 1 && !mayGoOnAt(this.#state(), first, this.#missedUpTo)) return "log-broken";
      const more = last < this.#known;
      // The next page travels while this one is decrypted and stored.
      if (more) {
        answer = this.#fetch(session, last);
        answer.catch(() => {});
      }
      const outcome = await this.#engine.stepAhead(this.#id, (step) =>
        receiveEntries(step, entries, head, this.#missedUpTo),
      );
      if (outcome !== "read" || !more || !this.#hasWork()) return outcome;
      after = last;
    }
  }

  async #fetch(session: Session, after: number): Promise<Page | "same" | "rolled-back" | "withheld"> {
    const conversation = fromHex(this.#id);
    const answer = await session.request({ type: "fetch", conversation, after, limit: pageLength });
    if (answer.type === "entries") return answer;
    const code = answer.type === "refused" ? answer.code : "refused";
    if (code === "unavailable" || code === "rate-limited")
      throw new ReadbackError("relay-busy", "The relay cannot hand out a log now.");
    // A log that is not opened yet need not be known; one that was vouched for must.
    if (after === 0) return "same";
    return code === "unknown-conversation" ? "rolled-back" : "withheld";
  }
}
