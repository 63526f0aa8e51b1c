import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { decodeContent } from "../conversation/content.ts";
import type { LoopOutcome } from "../conversation/loop.ts";
import { presentMembers } from "../conversation/members.ts";
import type { PendingRequest } from "../conversation/pending-request.ts";
import { say } from "../conversation/send.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { loopAt } from "./loop.ts";
import { tellLoop } from "./loop-news.ts";

/** Milliseconds between two devices' tries to say that a step is due: the author's go first. */
const turnDelay = 2_000;

/** Milliseconds after a step is due by our clock until we say so: the relay's clock decides, and may be a little behind. */
const margin = 1_000;

/** Milliseconds until the next try where the store has failed. */
const retryDelay = 1_000;

/**
 * Watches the time of requests on this device: says that a step of an escalation is due, and tells the application where
 * a deadline has passed by our clock. Nothing of what it does decides anything: what counts is what the log says, and of
 * several devices that say the same the first one in the log.
 */
export class LoopWatch {
  readonly #runtime: ConversationRuntime;
  /** By first version of the message: the steps are not needed while the loop is closed. */
  readonly #closed = new Set<string>();
  /** By place: an edit has brought another plan, or the message was taken back. */
  readonly #over = new Set<number>();
  readonly #overdue = new Set<number>();
  /** By message and step: the relay's clock was behind ours, so wait until then. */
  readonly #notBefore = new Map<string, { readonly at: number; readonly delay: number }>();
  #since: number | undefined;
  #notUntil = 0;
  #working = false;
  #cancel: () => void = () => {};

  /** Watches nothing until {@link LoopWatch.arm}. */
  constructor(runtime: ConversationRuntime) {
    this.#runtime = runtime;
  }

  /** Sets the one wake-up to what comes next. Cheap where nothing is watched. */
  arm(): void {
    this.#cancel();
    this.#cancel = () => {};
    const { state, engine } = this.#runtime;
    this.#since = this.#runtime.submitter.isReady ? (this.#since ?? engine.clock.now()) : undefined;
    if (this.#runtime.isEnded || this.#working || state.phase !== "active" || state.requests.length === 0)
      return;
    const times = state.requests.flatMap((request) => this.#timesOf(state, request).map(({ at }) => at));
    if (times.length === 0) return;
    this.#cancel = engine.clock.wake(Math.max(this.#notUntil, Math.min(...times)), () => {
      this.#working = true;
      this.#work()
        .catch((cause: unknown) => {
          this.#notUntil = engine.clock.now() + retryDelay;
          this.#runtime.fail(cause);
        })
        .finally(() => {
          this.#working = false;
          this.arm();
        });
    });
  }

  /** Stops. */
  stop(): void {
    this.#cancel();
  }

  /** Notes where a loop stands now. @param first - the id of the message's first version */
  watch({ isClosed, state }: LoopOutcome, first: Uint8Array): void {
    if (isClosed || state === "recalled") this.#closed.add(hex(first));
    else this.#closed.delete(hex(first));
    this.arm();
  }

  /** Notes that somebody has said that a step is due when, by the relay's time, it was not: our clock may be ahead too. */
  noteEarly(
    { of, step }: { readonly of: Uint8Array; readonly step: number },
    at: number,
    isOwn: boolean,
  ): void {
    const request = this.#runtime.state.requests.find(({ id }) => sameBytes(id, of));
    const due = request?.due[step];
    if (request === undefined || due === undefined || at >= due) return;
    const key = `${request.seq}/${step}`;
    const before = this.#notBefore.get(key)?.delay ?? 0;
    // Our own tries come later and later, so that a relay whose clock stands still does not keep us talking; those of
    // others delay nothing beyond what the relay says.
    const delay = isOwn ? Math.max(margin, 2 * before) : before;
    this.#notBefore.set(key, { at: this.#runtime.engine.clock.now() + Math.max(due - at, delay), delay });
    this.arm();
  }

  #timesOf(state: ConversationState, request: PendingRequest): { at: number; step: number | undefined }[] {
    const { seq, deadline, first } = request;
    if (this.#closed.has(hex(first))) return [];
    const times: { at: number; step: number | undefined }[] = [];
    const isWaiting = deadline !== undefined && deadline >= state.position.acceptedAt;
    if (isWaiting && !this.#overdue.has(seq)) times.push({ at: deadline + 1, step: undefined });
    if (this.#since === undefined) return times;
    const wait = margin + turnOf(state, request) * turnDelay;
    for (const [step, due] of request.due.entries()) {
      if (due === undefined || this.#over.has(seq) || isFiring(state, request, step)) continue;
      // Whoever has just come back waits for their turn from then on: others may have been here all the time.
      const from = Math.max(due, this.#since, this.#notBefore.get(`${seq}/${step}`)?.at ?? 0);
      times.push({ at: from + wait, step });
    }
    return times;
  }

  async #work(): Promise<void> {
    const { state, engine } = this.#runtime;
    const now = engine.clock.now();
    for (const request of state.requests) {
      for (const { at, step } of this.#timesOf(state, request)) {
        if (at > now) continue;
        if (step === undefined) {
          this.#overdue.add(request.seq);
          await tellLoop(this.#runtime, request.seq);
        } else await this.#fire(request, step);
      }
    }
  }

  async #fire(request: PendingRequest, step: number): Promise<void> {
    const runtime = this.#runtime;
    await runtime.quiet();
    const outcome = (await loopAt(runtime, request.seq))?.outcome;
    // An edit that says the same plan again leaves it to the version that brought it.
    if (outcome === undefined || !sameBytes(outcome.origin.id, request.id)) {
      this.#over.add(request.seq);
      return;
    }
    this.watch(outcome, request.first);
    if (this.#closed.has(hex(request.first))) return;
    await runtime.engine.step(runtime.id, (next) => {
      const due = next.state.requests.find(({ seq }) => seq === request.seq)?.due[step];
      // Only while the log is drained: otherwise it may be there already, said by somebody else.
      if (due === undefined || isFiring(next.state, request, step) || !runtime.submitter.isReady) return;
      say(next, { type: "answer", act: "escalate", step, of: request.id, ofSeq: request.seq });
      runtime.submitter.prepare(next);
    });
  }
}

/** Whether this device has said it already, and it waits for its place in the log. */
function isFiring({ outgoing }: ConversationState, { id }: PendingRequest, step: number): boolean {
  return outgoing.some(({ kind, content }) => {
    const decoded = kind === "application" ? decodeContent(content) : undefined;
    if (decoded?.type !== "answer" || decoded.act !== "escalate") return false;
    return decoded.step === step && sameBytes(decoded.of, id);
  });
}

/** This device's turn: the author's devices come first, then the others, each in the order of their leaves. */
function turnOf(state: ConversationState, { author }: PendingRequest): number {
  const { self } = state;
  const order = presentMembers(state).sort(
    (a, b) => Number(b.person === author) - Number(a.person === author) || a.leaf - b.leaf,
  );
  return order.findIndex(({ person, device }) => person === self.person && device === self.device);
}
