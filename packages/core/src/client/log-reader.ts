import { fromHex } from "../codec/hex.ts";
import { receiveEntries } from "../conversation/receive-entries.ts";
import type { Position } from "../conversation/state.ts";
import { ReadbackError } from "../error.ts";
import type { LogEntry, LogHead } from "../wire/entry.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";

/** Entries to ask for at once: what a page needs in memory is then gone before the next one, and a write is not small. */
const pageLength = 128;

/**
 * Brings one conversation's log to this device. Pushed entries that come next are taken as they are; wherever
 * something is missing, pages are fetched from the cursor on, so nothing is asked for twice and nothing is passed over.
 */
export class LogReader {
  readonly #engine: Engine;
  readonly #id: string;
  readonly #onProgress: () => void;
  readonly #onFailure: (error: unknown) => void;
  #session: Session | undefined;
  #known = 0;
  #pushed: { entry: LogEntry; head: LogHead }[] = [];
  #working = false;
  #reading: Promise<void> = Promise.resolve();
  #probe = false;
  #missedUpTo = 0;

  /**
   * @param onProgress - called whenever there is nothing more to read for now
   * @param onFailure - called with what made reading stop; a new session begins again
   */
  constructor(engine: Engine, id: string, onProgress: () => void, onFailure: (error: unknown) => void) {
    this.#engine = engine;
    this.#id = id;
    this.#onProgress = onProgress;
    this.#onFailure = onFailure;
  }

  /** Whether everything that this session has heard of is processed, or nothing more can be. */
  get isCurrent(): boolean {
    return this.#session !== undefined && !this.#working && !this.#hasWork();
  }

  /** A new session: reads from the cursor up to `head`. */
  open(session: Session, head: number): void {
    this.#session = session;
    this.#pushed = [];
    this.#missedUpTo = 0;
    this.#known = Math.max(head, this.#position().seq);
    this.#work();
  }

  /** The session is gone. */
  close(): void {
    this.#session = undefined;
    this.#pushed = [];
    this.#probe = false;
  }

  /** The relay pushed an entry. */
  push(entry: LogEntry, head: LogHead): void {
    const { seq } = entry.header;
    this.#known = Math.max(this.#known, seq);
    const next = this.#pushed.at(-1)?.entry.header.seq ?? this.#position().seq;
    // Entries beyond a gap are left: they come with the pages that close it.
    if (seq === next + 1) this.#pushed.push({ entry, head });
    this.#work();
  }

  /** There is an entry `seq`, or, without a number, maybe more than this session has heard of. */
  expect(seq?: number): void {
    if (seq === undefined) this.#probe = true;
    else this.#known = Math.max(this.#known, seq);
    this.#work();
  }

  /**
   * Reads what the relay has up to entry `seq`. Resolves when it is processed, or there is nothing more; rejects with
   * `transport-failed` where the session ends first.
   */
  async readUpTo(seq: number): Promise<void> {
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

  #position(): Position {
    const state = this.#engine.state(this.#id);
    if (state === undefined)
      throw new ReadbackError("unknown-conversation", "There is no such conversation here.");
    return state.position;
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
        this.#onFailure(error);
      })
      .finally(() => {
        this.#working = false;
        // What arrived in the last moment, or a session that has begun meanwhile, still has to be read.
        if (this.#session !== session || this.#hasWork()) this.#work();
        else this.#onProgress();
      });
  }

  #hasWork(): boolean {
    const phase = this.#engine.state(this.#id)?.phase;
    if (phase === undefined || phase === "left") return false;
    if (phase === "halted" && this.#position().seq >= this.#missedUpTo) return false;
    return this.#pushed.length > 0 || this.#probe || this.#known > this.#position().seq;
  }

  async #read(session: Session): Promise<void> {
    while (this.#session === session && this.#hasWork()) {
      if (this.#takesPushed()) await this.#applyPushed();
      else await this.#fetchPages(session);
    }
  }

  /** Whether the pushed entries are the ones that come next. */
  #takesPushed(): boolean {
    const { seq } = this.#position();
    this.#pushed = this.#pushed.filter(({ entry }) => entry.header.seq > seq);
    return this.#pushed[0]?.entry.header.seq === seq + 1;
  }

  async #applyPushed(): Promise<void> {
    await this.#engine.step(this.#id, (step) => {
      // Everything that has piled up while the last write was under way makes one step, and one write.
      const batch = this.#pushed.splice(0);
      const last = batch.at(-1);
      if (last === undefined) return;
      receiveEntries(
        step,
        batch.map(({ entry }) => entry),
        last.head,
        this.#missedUpTo,
      );
    });
  }

  async #fetchPages(session: Session): Promise<void> {
    this.#probe = false;
    let page = this.#fetch(session, this.#position().seq);
    for (;;) {
      const { entries, head } = await page;
      const last = entries.at(-1)?.header.seq;
      if (last === undefined) {
        // The relay has nothing beyond our cursor, whatever it said before.
        this.#known = this.#position().seq;
        return;
      }
      const more = last < this.#known;
      // The next page travels while this one is decrypted and stored.
      if (more) {
        page = this.#fetch(session, last);
        page.catch(() => {});
      }
      await this.#engine.stepAhead(this.#id, (step) => receiveEntries(step, entries, head, this.#missedUpTo));
      if (!more || !this.#hasWork()) return;
    }
  }

  async #fetch(session: Session, after: number): Promise<{ entries: readonly LogEntry[]; head: LogHead }> {
    const conversation = fromHex(this.#id);
    const answer = await session.request({ type: "fetch", conversation, after, limit: pageLength });
    if (answer.type !== "entries")
      throw new ReadbackError("relay-refused", "The relay did not hand out a log.");
    return answer;
  }
}
