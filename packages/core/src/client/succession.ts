import { hex } from "../codec/hex.ts";
import { presentMembers } from "../conversation/members.ts";
import { openContinued } from "../conversation/open-continued.ts";
import { successorOf } from "../conversation/reinitialize.ts";
import { hasCode, ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { suiteOf } from "./device.ts";
import { type Begin, type OpeningPlace, openAt } from "./opening.ts";
import { claimForMembers } from "./reinitializing.ts";
import type { Session } from "./session.ts";
import { abortable } from "./waiting.ts";

/** Milliseconds that each member leaves to those before it in the tree, and all to the one who has asked for it. */
const turn = 5_000;

/** Milliseconds at most until it is tried again, and how often in one session: each try takes a key of each device. */
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
  readonly #waiting = new Set<Waiter>();

  /** @param onFailure - called with why a try came to nothing, where that is not for the next session to mend */
  constructor(place: SuccessionPlace, onFailure: (error: unknown) => void) {
    this.#place = place;
    this.#onFailure = onFailure;
  }

  /** Takes a turn for each conversation that has to go on. Cheap where there is none. Called when any has changed. */
  pursue(): void {
    for (const { check } of [...this.#waiting]) check();
    for (const old of this.#place.conversations) {
      if (this.#isDue(old)) this.#wait(old, turn * (1 + rankIn(old)), 1);
    }
  }

  /** The session is gone. */
  close(): void {
    for (const undo of this.#turns.values()) undo();
    this.#turns.clear();
  }

  /**
   * Opens the next conversation now, and resolves with it, whoever has opened it. Rejects with `aborted` or `closed`, and
   * with what the last try of a session came to.
   */
  come(old: ConversationRuntime, id: string, signal: AbortSignal | undefined): Promise<ConversationRuntime> {
    return abortable(signal, (resolve, reject) => {
      const check = (): void => {
        const next = this.#place.conversations.find((runtime) => runtime.id === id);
        if (next !== undefined && next.state.phase !== "creating") resolve(next);
      };
      const waiter = { old, check, reject };
      this.#waiting.add(waiter);
      const forget = old.onEnd(reject);
      if (this.#isDue(old)) this.#try(old, 1);
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
    const next = successorOf(old.state);
    return (
      next !== undefined &&
      presence.session !== undefined &&
      old.isHub(presence.session) &&
      engine.state(hex(next.id)) === undefined &&
      engine.device.suites.some(({ id }) => id === next.suite)
    );
  }

  #wait(old: ConversationRuntime, delay: number, attempt: number): void {
    if (this.#turns.has(old.id) || attempt > mostTries) return;
    const { clock } = this.#place.engine;
    const undo = clock.wake(clock.now() + delay, () => {
      this.#turns.delete(old.id);
      if (this.#isDue(old)) this.#try(old, attempt);
    });
    this.#turns.set(old.id, undo);
  }

  #try(old: ConversationRuntime, attempt: number): void {
    const { session } = old.presence;
    if (session === undefined) return;
    this.#turns.get(old.id)?.();
    this.#turns.set(old.id, working);
    this.#open(old, session)
      .catch((error: unknown) => {
        // The next session takes it up. Or somebody else was first, and the Welcome comes.
        if (session.isClosed || hasCode(error, "closed") || hasCode(error, "conversation-moved")) return;
        if (attempt === mostTries) this.#giveUp(old, error);
      })
      .finally(() => {
        if (this.#turns.get(old.id) !== working || session.isClosed) return;
        this.#turns.delete(old.id);
        if (this.#isDue(old)) this.#wait(old, Math.min(longestDelay, turn * 2 ** attempt), attempt + 1);
      });
  }

  #giveUp(old: ConversationRuntime, error: unknown): void {
    this.#onFailure(error);
    for (const waiter of [...this.#waiting])
      if (waiter.old === old && error instanceof ReadbackError) waiter.reject(error);
  }

  async #open(old: ConversationRuntime, session: Session): Promise<void> {
    const next = successorOf(old.state);
    if (next === undefined) return;
    const suite = suiteOf(this.#place.engine.device, next.suite);
    const keyPackages = await claimForMembers(old, session, suite.id);
    const begin: Begin = (common, tools) => {
      const { state } = old;
      return openContinued({ ...common, suite, subject: state.subject, keyPackages }, state, tools);
    };
    await openAt(this.#place, session, begin, undefined);
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
