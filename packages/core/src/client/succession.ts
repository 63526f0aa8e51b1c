import { hex } from "../codec/hex.ts";
import { packagesOfMembers } from "../conversation/continue.ts";
import { presentMembers } from "../conversation/members.ts";
import { openContinued } from "../conversation/open-continued.ts";
import { successorOf } from "../conversation/reinitialize.ts";
import { hasCode, ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { suiteOf } from "./device.ts";
import { type Begin, type OpeningPlace, openAt } from "./opening.ts";
import { claimForMembers, type Following } from "./reinitializing.ts";
import type { Session } from "./session.ts";
import { abortable } from "./waiting.ts";

/** Milliseconds that each member leaves to those before it in the tree, and all to the one who has asked for it. */
const turn = 5_000;

/** Milliseconds at most until it is tried again, and how often in one session: each try may take a key of each device. */
const longestDelay = 60_000;
const mostTries = 8;

/** Where conversations run, and which. */
export interface SuccessionPlace extends OpeningPlace {
  readonly conversations: readonly ConversationRuntime[];
}

/**
 * Sees to it that a conversation whose group was reinitialized goes on (RFC 9420 §11.2). Whoever has asked for that opens
 * the next one, and where it disappears any other member does: the log is open to the first of them, and the others
 * get their Welcome from it.
 */
export class Succession {
  readonly #place: SuccessionPlace;
  readonly #onFailure: (error: unknown) => void;
  /** What waits for its turn or is under way, by the old conversation: its undo. */
  readonly #turns = new Map<string, () => void>();
  /** How often it was tried in this session, by the old conversation. */
  readonly #tries = new Map<string, number>();
  /** Key packages that were taken in this session and that nobody has used, by the old conversation. */
  readonly #claimed = new Map<string, readonly Uint8Array[]>();
  readonly #waiting = new Set<Waiter>();
  /** Logs that this device could read when the session began: somebody has opened them. */
  #opened: ReadonlySet<string> = new Set();

  /** @param onFailure - called with why the last try of a session came to nothing */
  constructor(place: SuccessionPlace, onFailure: (error: unknown) => void) {
    this.#place = place;
    this.#onFailure = onFailure;
  }

  /** A new session. @param opened - the logs that this device may read, as the relay says */
  open(opened: ReadonlySet<string>): void {
    this.#opened = opened;
    this.pursue();
  }

  /** Takes a turn for each conversation that has to go on. Cheap where there is none. Called when any has changed. */
  pursue(): void {
    for (const { check } of [...this.#waiting]) check();
    for (const old of this.#place.conversations) if (this.#isDue(old)) this.#wait(old);
  }

  /** The session is gone. */
  close(): void {
    for (const undo of this.#turns.values()) undo();
    for (const known of [this.#turns, this.#tries, this.#claimed]) known.clear();
  }

  /**
   * Opens the next conversation now, and resolves with it, whoever has opened it. Rejects with `aborted` or `closed`, and
   * with what the last try of a session came to.
   *
   * @param following - what has to follow, and key packages for it
   */
  come(
    old: ConversationRuntime,
    { id, keyPackages }: Following,
    signal: AbortSignal | undefined,
  ): Promise<ConversationRuntime> {
    this.#claimed.set(old.id, keyPackages);
    return abortable(signal, (resolve, reject) => {
      const check = (): void => {
        const next = this.#place.conversations.find((runtime) => runtime.id === id);
        if (next !== undefined && next.state.phase !== "creating") resolve(next);
      };
      const waiter = { old, check, reject };
      this.#waiting.add(waiter);
      const forget = old.onEnd(reject);
      if (this.#isDue(old)) this.#try(old);
      check();
      return () => {
        this.#waiting.delete(waiter);
        forget();
      };
    });
  }

  #isDue(old: ConversationRuntime): boolean {
    if (old.isEnded || old.state.phase !== "moved" || this.#turns.get(old.id) === working) return false;
    const { engine, presence } = old;
    const next = successorOf(old.state, engine.device.logSuite);
    const id = next && hex(next.id);
    return (
      next !== undefined &&
      id !== undefined &&
      presence.session !== undefined &&
      old.isHub(presence.session) &&
      engine.state(id) === undefined &&
      !this.#opened.has(id) &&
      old.conversation.continuedBy.length === 0 &&
      engine.device.suites.some((suite) => suite.id === next.suite)
    );
  }

  #wait(old: ConversationRuntime): void {
    const tries = this.#tries.get(old.id) ?? 0;
    if (this.#turns.has(old.id) || tries >= mostTries) return;
    const delay = tries === 0 ? turn * (1 + rankIn(old)) : Math.min(longestDelay, turn * 2 ** tries);
    const { clock } = this.#place.engine;
    const undo = clock.wake(clock.now() + delay, () => {
      this.#turns.delete(old.id);
      if (this.#isDue(old)) this.#try(old);
    });
    this.#turns.set(old.id, undo);
  }

  #try(old: ConversationRuntime): void {
    const { session } = old.presence;
    if (session === undefined) return;
    this.#turns.get(old.id)?.();
    this.#turns.set(old.id, working);
    const tries = (this.#tries.get(old.id) ?? 0) + 1;
    this.#tries.set(old.id, tries);
    this.#open(old, session)
      .catch((error: unknown) => {
        // The next session takes it up. Or somebody else was first, and the Welcome comes.
        if (session.isClosed || hasCode(error, "closed") || hasCode(error, "conversation-moved")) return;
        if (tries >= mostTries) this.#giveUp(old, error);
      })
      .finally(() => {
        if (this.#turns.get(old.id) === working && !session.isClosed) this.#turns.delete(old.id);
        this.pursue();
      });
  }

  #giveUp(old: ConversationRuntime, error: unknown): void {
    this.#onFailure(error);
    const known =
      error instanceof ReadbackError
        ? error
        : new ReadbackError("internal", "Something unexpected failed.", { cause: error });
    for (const waiter of [...this.#waiting]) if (waiter.old === old) waiter.reject(known);
  }

  async #open(old: ConversationRuntime, session: Session): Promise<void> {
    const { device } = this.#place.engine;
    const next = successorOf(old.state, device.logSuite);
    if (next === undefined) return;
    const suite = suiteOf(device, next.suite);
    const claimed = this.#claimed.get(old.id) ?? (await claimForMembers(old, session, suite.id));
    // Whatever becomes of them: with others it may come true.
    this.#claimed.delete(old.id);
    const begin: Begin = (common, tools) => {
      const { state } = old;
      const { group, subject } = state;
      const keyPackages = group === undefined ? [] : packagesOfMembers(tools.authority, group, claimed);
      return openContinued({ ...common, suite, subject, keyPackages }, state, tools);
    };
    try {
      await openAt(this.#place, session, begin, undefined);
    } catch (error) {
      // That says nothing of the keys, and nobody has seen what was made of them.
      if (hasCode(error, "quota-exceeded")) this.#claimed.set(old.id, claimed);
      throw error;
    }
  }
}

interface Waiter {
  readonly old: ConversationRuntime;
  check(): void;
  reject(error: ReadbackError): void;
}

/** Stands for a try that is under way: it ends by itself. */
const working = (): void => {};

/** How many members come before this device in the tree. */
function rankIn({ state }: ConversationRuntime): number {
  const own = state.group?.ownLeaf ?? 0;
  return presentMembers(state).filter(({ leaf }) => leaf < own).length;
}
