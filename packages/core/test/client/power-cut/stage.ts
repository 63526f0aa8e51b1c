import { createRelay, type Relay, type RelayStore } from "@readback/relay";
import { unsafeDevelopmentAuthority } from "../../../src/conversation/identity.ts";
import type { CryptoProvider } from "../../../src/crypto/suite.ts";
import { hasCode } from "../../../src/error.ts";
import { type MemoryTransport, memoryTransport } from "../../../src/memory/memory-transport.ts";
import type { CrashPlan } from "../../../src/testing/crashing-storage.ts";
import { type ManualClock, manualClock } from "../../../src/testing/manual-clock.ts";
import { seededRandom } from "../../../src/testing/seeded-random.ts";
import type { EntryHeader } from "../../../src/wire/entry.ts";
import { type RecordingCrypto, recordingCrypto } from "../recording-crypto.ts";
import { Actor } from "./actor.ts";
import type { Claim } from "./frames.ts";
import type { Goal } from "./goals.ts";
import { type RepeatableStore, repeatableStore } from "./repeatable-store.ts";

/** Milliseconds that the clock moves on at most while nothing else happens. */
const stride = 100;

/** Where everything stood when all devices had been switched off in good order. */
export interface Snapshot {
  readonly now: number;
  readonly relay: RepeatableStore;
  /** By full name: what is stored, and how often the device was started. */
  readonly devices: ReadonlyMap<
    string,
    { readonly records: ReadonlyMap<string, Uint8Array>; readonly lives: number }
  >;
  readonly observed: Observed;
}

/** What was seen of devices from outside. */
interface Observed {
  /** The log as devices were shown it, by place. */
  readonly log: Map<number, EntryHeader>;
  /** By full name: the entry that added a device, and the last one that it was shown. */
  readonly joined: Map<string, number>;
  readonly shown: Map<string, number>;
  /** What devices have told of what they hold. */
  readonly claims: Claim[];
  /** Ciphertexts that were sent, by the key they were made with. */
  readonly sentWith: Map<string, string>;
  /** Texts that `send` has resolved for, or that a restarted client has found in its store. */
  readonly promised: Set<string>;
}

/** Where a consult is played: one relay, one clock, the devices, and everything that was observed of them. */
export class Stage {
  readonly clock: ManualClock;
  readonly crypto: RecordingCrypto;
  readonly transport: MemoryTransport;
  readonly observed: Observed;
  readonly actors: Actor[] = [];
  /** What must never happen and did. */
  readonly violations: string[] = [];
  /** How many messages have passed between devices and the relay. */
  passed = 0;
  /** How often a call was refused since the disk was full. */
  refusedAsFull = 0;
  readonly #relay: Relay;
  readonly #store: RelayStore;
  readonly #before: Snapshot | undefined;

  private constructor(
    relay: Relay,
    store: RelayStore,
    clock: ManualClock,
    crypto: CryptoProvider,
    before?: Snapshot,
  ) {
    this.clock = clock;
    this.crypto = recordingCrypto(crypto);
    this.transport = memoryTransport(relay.accept);
    this.observed = structuredClone(before?.observed) ?? {
      log: new Map(),
      joined: new Map(),
      shown: new Map(),
      claims: [],
      sentWith: new Map(),
      promised: new Set(),
    };
    this.#relay = relay;
    this.#store = store;
    this.#before = before;
  }

  /** A stage that is empty, or as it was left. */
  static async open(crypto: CryptoProvider, before?: Snapshot): Promise<Stage> {
    const clock = manualClock(before?.now);
    const store = before === undefined ? repeatableStore() : await before.relay.repeat();
    const random = seededRandom(`relay ${before === undefined}`);
    const authority = unsafeDevelopmentAuthority();
    const relay = await createRelay({ name: "relay.example", store, authority, clock, random, crypto });
    return new Stage(relay, store, clock, crypto, before);
  }

  /** Switches everything off in good order. Only of a stage that was empty at first. */
  async freeze(): Promise<Snapshot> {
    await this.quiet();
    await this.close();
    const devices = new Map(
      this.actors.map(({ name, view, lives }) => [name, { records: view.records, lives }]),
    );
    return { now: this.clock.now(), relay: this.#store as RepeatableStore, devices, observed: this.observed };
  }

  /** Brings a device in. @param plans - what goes wrong in each of its lives */
  actor(person: string, device: string, plans: readonly CrashPlan[]): Actor {
    const actor = new Actor(this, person, device, plans, this.#before?.devices.get(`${person}/${device}`));
    this.actors.push(actor);
    return actor;
  }

  /** Notes what went wrong with the stage itself. */
  readonly fail = (error: unknown): void => {
    this.violations.push(String(error));
  };

  /** Lets everything run until `check` holds. */
  async until(check: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < 3_000; turn++) {
      if (check()) return;
      await new Promise((resolve) => setImmediate(resolve));
      // Within one process a turn is enough for everything but delays.
      const next = this.clock.next ?? Number.POSITIVE_INFINITY;
      if (turn % 2 === 1) this.clock.advance(Math.max(1, Math.min(stride, next - this.clock.now())));
    }
    const errors = this.actors.flatMap(({ name, errors }) => errors.map(({ code }) => `${name} ${code}`));
    throw new Error(`This never came true: ${what}. Errors: ${errors.join(", ") || "none"}`);
  }

  /** Lets everything run until all goals are reached, all at once. */
  async all(what: string, ...goals: readonly (readonly [Actor, Goal])[]): Promise<void> {
    const work = Promise.all(goals.map(([actor, goal]) => this.#insist(actor, goal)));
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    await this.until(() => isOver, what);
    await work;
  }

  /** Lets what a restarted client finds unfinished go on: what an application does by waiting for a while. */
  async calm(): Promise<void> {
    const end = this.clock.now() + 3_000;
    while (this.clock.now() < end) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets everything run until no device has anything left to send and nothing has passed for a while. */
  async quiet(): Promise<void> {
    let since = this.clock.now();
    let seen = -1;
    await this.until(() => {
      const isBusy = this.actors.some(({ view }) => view.unfinished.length > 0);
      if (isBusy || this.passed !== seen) since = this.clock.now();
      seen = this.passed;
      return this.clock.now() - since > 1_000;
    }, "nothing left to send");
  }

  /** Stops everything. */
  async close(): Promise<void> {
    for (const actor of this.actors) await actor.stop();
    await this.#relay.close();
  }

  /**
   * Pursues a goal as an application does that may be cut off at any moment: if it is cut off, or the disk is full, it
   * starts over.
   */
  async #insist(actor: Actor, goal: Goal): Promise<void> {
    for (let attempt = 0; attempt < 8; attempt++) {
      const { client, died } = await actor.live();
      const work = goal(client, attempt > 0);
      work.catch(() => {});
      try {
        if (await Promise.race([work.then(() => true), died.then(() => false)])) return;
      } catch (error) {
        if (hasCode(error, "storage-full")) this.refusedAsFull += 1;
        else if (actor.life?.client === client) throw error;
      }
    }
    throw new Error(`${actor.name} has tried too often.`);
  }
}
