import { hex } from "@readback/core/wire";
import {
  type Append,
  type Decision,
  memoryRelayStore,
  type RelayStore,
  type Submission,
} from "@readback/relay";
import type { Chance } from "../kernel/chance.ts";
import type { Scheduler } from "../kernel/scheduler.ts";

/** Hears of every entry that a log gets, when it is durable and before the relay hears of it. */
export type OnAppend = (submission: Submission, append: Append) => void;

/** A step that was asked for. */
interface Step {
  /** Carries it out, once. Returns what tells the process, if that still runs. */
  run(): () => void;
  cancel(): void;
}
type Method = (...args: never[]) => Promise<unknown>;

/**
 * The database of the relay: it survives the relay's processes, takes its time, and can be put back to an earlier state.
 * Steps that are under way at once overtake each other, as the contract allows: only appends to one conversation do not,
 * and whoever asks hears of a step some time after it was carried out.
 */
export class SimulatedRelayStore {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #onAppend: OnAppend;
  readonly #past: ((store: RelayStore) => Promise<unknown>)[] | undefined;
  #inner = memoryRelayStore();
  readonly #pending = new Set<Step>();
  /** When the last append to a conversation is carried out, and when it is told. */
  readonly #lastAppend = new Map<string, readonly [number, number]>();
  #slowness = 1;

  /** @param isRepeatable - whether to remember the past, which {@link SimulatedRelayStore.restore} needs */
  constructor(scheduler: Scheduler, chance: Chance, onAppend: OnAppend, isRepeatable = false) {
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#onAppend = onAppend;
    this.#past = isRepeatable ? [] : undefined;
  }

  /** What the store holds, read at once. */
  get contents(): RelayStore {
    return this.#inner;
  }

  /** The store as one process of the relay sees it. */
  open(): RelayStore {
    const inner = (): RelayStore => this.#inner;
    const later =
      <M extends Method>(call: (store: RelayStore) => M) =>
      (...args: Parameters<M>): ReturnType<M> =>
        this.#enqueue(() => this.#live((store) => call(store)(...args))) as ReturnType<M>;
    return {
      setting: later((store) => store.setting),
      register: later((store) => store.register),
      publish: later((store) => store.publish),
      claim: later((store) => store.claim),
      revoke: later((store) => store.revoke),
      putService: later((store) => store.putService),
      prune: later((store) => store.prune),
      forgetInbox: later((store) => store.forgetInbox),
      readServices: (domains) => this.#enqueue(() => inner().readServices(domains)),
      readLog: (range) => this.#enqueue(() => inner().readLog(range)),
      readGroup: (conversation) => this.#enqueue(() => inner().readGroup(conversation)),
      readableLogs: (device) => this.#enqueue(() => inner().readableLogs(device)),
      readInbox: (device, after, most) => this.#enqueue(() => inner().readInbox(device, after, most)),
      append: (submission, decide) =>
        this.#enqueue(() => this.#append(submission, decide), hex(submission.conversation)),
      close: async () => {},
    };
  }

  /** From now on each step takes so many times as long as usual. */
  slowDown(times: number): void {
    this.#slowness = times;
  }

  /** The machine stops: of the steps under way some were carried out, and nobody is told. */
  crash(): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    this.#lastAppend.clear();
    let left = this.#chance.below(pending.length + 1);
    for (const step of pending) {
      step.cancel();
      if (left-- > 0) step.run();
    }
  }

  /** How much has happened so far: what {@link restore} takes. */
  get age(): number {
    return this.#past?.length ?? 0;
  }

  /** Puts the store back to where it was, as a restored backup does. */
  async restore(age: number): Promise<void> {
    if (this.#past === undefined) throw new Error("This store does not remember its past.");
    this.#past.length = age;
    this.#inner = memoryRelayStore();
    for (const step of this.#past) await step(this.#inner);
  }

  #live<T>(step: (store: RelayStore) => Promise<T>): Promise<T> {
    this.#past?.push(step);
    return step(this.#inner);
  }

  #append<A>(submission: Submission, decide: (situation: never) => Decision<A>): Promise<A> {
    let append: Append | undefined;
    const answer = this.#inner.append(submission, (situation) => {
      const decision = decide(situation as never);
      append = decision.append;
      return decision;
    });
    if (append !== undefined) {
      const decided = { answer: undefined, append };
      this.#past?.push((store) => store.append(submission, () => decided));
      this.#onAppend(submission, append);
    }
    return answer;
  }

  /** @param conversation - of an append: those to one conversation keep their order */
  #enqueue<T>(apply: () => Promise<T>, conversation?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const now = this.#scheduler.now;
      let carriedOut = now + this.#slowness * (0.05 + this.#chance.gap(0.4));
      let told = this.#chance.happens(0.3) ? carriedOut + this.#slowness * this.#chance.gap(0.4) : carriedOut;
      if (conversation !== undefined) {
        const [last, lastTold] = this.#lastAppend.get(conversation) ?? [0, 0];
        carriedOut = Math.max(carriedOut, last);
        told = Math.max(carriedOut, told, lastTold);
        this.#lastAppend.set(conversation, [carriedOut, told]);
      }
      let tell: (() => void) | undefined;
      let cancelTold = (): void => {};
      const run = (): (() => void) => {
        if (tell === undefined) {
          // The store in memory does its work before it returns; only the answer is a promise.
          const answer = apply();
          tell = () => void answer.then(resolve, reject);
        }
        return tell;
      };
      const cancel = this.#scheduler.at(carriedOut, "relay-store", () => {
        run();
        const end = (): void => {
          this.#pending.delete(step);
          run()();
        };
        if (told <= carriedOut) end();
        else cancelTold = this.#scheduler.at(told, "relay-store", end);
      });
      const step: Step = {
        run,
        cancel: () => {
          cancel();
          cancelTold();
        },
      };
      this.#pending.add(step);
    });
  }
}
