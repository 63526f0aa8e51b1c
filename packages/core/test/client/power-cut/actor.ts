import { type Client, createClient } from "../../../src/client/client.ts";
import { unsafeDevelopmentIdentity } from "../../../src/client/identity.ts";
import type { Message } from "../../../src/client/message.ts";
import type { Phase } from "../../../src/conversation/state.ts";
import { ReadbackError } from "../../../src/error.ts";
import { type MemoryStorage, memoryStorage } from "../../../src/memory/memory-storage.ts";
import type { Storage } from "../../../src/port/storage.ts";
import type { Transport } from "../../../src/port/transport.ts";
import { type CrashPlan, crashingStorage } from "../../../src/testing/crashing-storage.ts";
import { seededRandom } from "../../../src/testing/seeded-random.ts";
import { interposedTransport } from "../interposed-transport.ts";
import { testStoreKey } from "../world.ts";
import { DurableView } from "./durable-view.ts";
import { Frames } from "./frames.ts";
import { devicesOf, only } from "./goals.ts";
import type { Stage } from "./stage.ts";

/** One life of a device: from the start of its process to its end. */
interface Life {
  readonly client: Client;
  readonly died: Promise<void>;
}

/** What a device had stored when it was switched off, and how often it had been started. */
interface Past {
  readonly records: ReadonlyMap<string, Uint8Array>;
  readonly lives: number;
}

/** A device whose power may be cut: its store outlives it, and it is started again. */
export class Actor {
  readonly name: string;
  readonly person: string;
  readonly device: string;
  readonly view: DurableView;
  readonly frames: Frames;
  /** What the living client reported through `error`. */
  readonly errors: ReadbackError[] = [];
  readonly #stage: Stage;
  readonly #plans: CrashPlan[];
  #inner: MemoryStorage = memoryStorage();
  #isNew = true;
  #life: Life | undefined;
  #starting: Promise<Life> | undefined;
  readonly #livesBefore: number;
  #lives: number;
  #writes = 0;

  /**
   * @param plans - what goes wrong in each life
   * @param past - where it was switched off
   */
  constructor(stage: Stage, person: string, device: string, plans: readonly CrashPlan[], past?: Past) {
    this.#stage = stage;
    this.name = `${person}/${device}`;
    this.person = person;
    this.device = device;
    this.#plans = [...plans];
    this.view = new DurableView(stage.crypto, past?.records);
    this.#livesBefore = past?.lives ?? 0;
    this.#lives = this.#livesBefore;
    this.frames = new Frames(stage, this);
  }

  /** Writes of all lives. */
  get writes(): number {
    return this.#writes;
  }

  /** How often it was started. */
  get lives(): number {
    return this.#lives;
  }

  /** How often it was started on this stage. */
  get livesHere(): number {
    return this.#lives - this.#livesBefore;
  }

  /** The present life, or `undefined` while its power is off. */
  get life(): Life | undefined {
    return this.#life;
  }

  /** The devices that it counts as members. */
  get devices(): string[] {
    return this.#life === undefined ? [] : devicesOf(this.#life.client);
  }

  /** Where the conversation stands for it. */
  get phase(): Phase | undefined {
    return this.#life && only(this.#life.client)?.phase;
  }

  /** Starts it, if need be. */
  live(): Promise<Life> {
    if (this.#life !== undefined) return Promise.resolve(this.#life);
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #begin(): Promise<Life> {
    for (let attempt = 0; attempt < 8; attempt++) {
      const life = await this.#start();
      if (life !== undefined) return life;
    }
    throw new Error(`${this.name} does not start.`);
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    await this.#life?.client.close();
    this.#life = undefined;
  }

  /** A client on a copy of what is stored, which never gets a connection. */
  async reopened(): Promise<Client> {
    await this.stop();
    this.#inner = this.#inner.reopen();
    const noNetwork: Transport = {
      connect: () => Promise.reject(new ReadbackError("transport-failed", "There is no network.")),
    };
    return this.#create(this.#inner, noNetwork);
  }

  async #start(): Promise<Life | undefined> {
    this.#lives += 1;
    this.#inner = this.#isNew ? await this.#stored() : this.#inner.reopen();
    const plan = this.#plans.shift() ?? {};
    const network = interposedTransport(this.#stage.transport, this.frames);
    let die = (): void => {};
    let isDead = false;
    const died = new Promise<void>((resolve) => {
      die = () => {
        isDead = true;
        network.cut();
        this.#life = undefined;
        resolve();
      };
    });
    const storage = this.#mortal(crashingStorage(this.view.watch(this.#inner), plan), plan, die);
    try {
      const client = await this.#create(storage, network);
      client.on("error", ({ error }) => void (isDead || this.errors.push(error)));
      this.#watch(client);
      void died.then(() => Promise.all([client.close(), this.live()])).catch(this.#stage.fail);
      if (!isDead) this.#life = { client, died };
      return this.#life;
    } catch (error) {
      network.cut();
      // Of a start that fails the application hears by its rejection.
      if (!isDead) this.errors.push(error as ReadbackError);
      return undefined;
    }
  }

  async #stored(): Promise<MemoryStorage> {
    this.#isNew = false;
    const storage = memoryStorage();
    await storage.write([...this.view.records].map(([put, value]) => ({ put, value })));
    return storage;
  }

  #create(storage: Storage, transport: Transport): Promise<Client> {
    return createClient({
      identity: unsafeDevelopmentIdentity({ person: this.person, device: this.device }),
      transport,
      storage,
      storeKey: testStoreKey,
      crypto: this.#stage.crypto.provider,
      clock: this.#stage.clock,
      // Never the same bytes again after a restart, as from any real source.
      random: seededRandom(`${this.name} life ${this.#lives} ${storage === this.#inner}`),
    });
  }

  /** Nothing gets out of a process once the write has begun at which its power is cut. */
  #mortal(crashing: ReturnType<typeof crashingStorage>, plan: CrashPlan, die: () => void): Storage {
    return {
      read: (key) => crashing.read(key),
      list: (prefix, options) => crashing.list(prefix, options),
      close: () => crashing.close(),
      write: (changes, expect) => {
        this.#writes += 1;
        if (crashing.writes + 1 === plan.failAt && plan.outcome !== "full") die();
        return crashing.write(changes, expect);
      },
    };
  }

  /** What is told must be stored already, and is told once. */
  #watch(client: Client): void {
    const told = new Set<string>();
    const check = (name: string, message: Message): void => {
      const what = `${name} ${message.seq}`;
      if (message.seq === undefined || !this.view.messages.has(message.seq))
        this.#stage.violations.push(`${this.name} was told of ${what} before it was stored`);
      if (told.has(what)) this.#stage.violations.push(`${this.name} was told twice of ${what}`);
      told.add(what);
    };
    client.on("message", ({ message }) => check("message", message));
    client.on("version", ({ version }) => check("version", version));
    client.on("receipt", ({ message, by, device }) => {
      if (by === client.person && device === client.device) check("its own message", message);
    });
  }
}
