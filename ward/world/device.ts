import {
  type Client,
  type CryptoProvider,
  createClient,
  type Identity,
  type Transport,
} from "@readback/core";
import { type ClientMessage, ReadbackError, type RelayMessage, utf8 } from "@readback/core/wire";
import type { Chance } from "../kernel/chance.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import type { SimulatedClock } from "../simulated/clock.ts";
import type { Line, LineProcess } from "../simulated/line.ts";
import type { SimulatedStorage } from "../simulated/storage.ts";
import { type Credentials, identityOf } from "./credentials.ts";
import type { Between } from "./watched-transport.ts";

/** One process of a device: from its start to its end, whichever end. */
export interface Life {
  readonly device: Device;
  readonly number: number;
  readonly process: LineProcess;
  /** `undefined` while it starts. */
  client: Client | undefined;
  /** Whether it has ended: nothing that it promised is kept any more. */
  isOver: boolean;
}

/** What follows the lives of a device. */
export interface DeviceObserver {
  /** A client has started and was told nothing yet. */
  onStart(life: Life, client: Client): void;
  /** A process could not start, or has ended by itself. */
  onFailure(device: Device, error: ReadbackError): void;
  /** Stands between a process and its network. */
  watch(device: Device, transport: Transport): Transport;
}

/** What a device is made of. */
export interface DeviceParts {
  readonly person: string;
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly clock: SimulatedClock;
  readonly line: Line;
  readonly storage: SimulatedStorage;
  /** What its processes use. */
  readonly crypto: CryptoProvider;
  /** The same, unwatched. */
  readonly plainCrypto: CryptoProvider;
  /** Cipher suites of its clients, the first for conversations that it opens. */
  readonly suites: readonly number[];
  readonly credentials: Credentials;
  readonly observer: DeviceObserver;
}

/** One device of one person: a disk, a clock and a line that last, and processes that come and go. */
export class Device {
  readonly #parts: DeviceParts;
  #lives = 0;
  /** The process that runs, if one does. */
  life: Life | undefined;
  /** Processes that share the store with the one that runs, and are to find that out. */
  readonly others = new Set<Life>();
  /** A device that was lost or given up is never started again. */
  isRetired = false;
  /** Cipher suites of its clients, from the next start on. */
  suites: readonly number[];
  readonly storeKey: Uint8Array;
  /** A person whose credential this device refuses: another version of the rules than others have. */
  doubts: string | undefined;
  /** Who stands between it and the relay, where somebody does. */
  between: Between | undefined;
  /** Tells its present connection what no relay has sent. */
  tell: (message: RelayMessage) => void = () => {};
  /** Asks the relay on its present connection what no client has asked. */
  ask: (message: ClientMessage) => Promise<void> = async () => {};

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    this.suites = parts.suites;
    this.storeKey = utf8(`${parts.person} ${parts.name}`.padEnd(32, ".")).slice(0, 32);
  }

  get person(): string {
    return this.#parts.person;
  }

  /** Person, a slash, its name. */
  get fullName(): string {
    return `${this.#parts.person}/${this.#parts.name}`;
  }

  get storage(): SimulatedStorage {
    return this.#parts.storage;
  }

  get line(): Line {
    return this.#parts.line;
  }

  get credentials(): Credentials {
    return this.#parts.credentials;
  }

  get crypto(): CryptoProvider {
    return this.#parts.plainCrypto;
  }

  get clock(): SimulatedClock {
    return this.#parts.clock;
  }

  /** The client that runs, if one does. */
  get client(): Client | undefined {
    return this.life?.client;
  }

  #identity(): Identity {
    const { person, name: device, credentials } = this.#parts;
    const identity = identityOf(credentials, person, device);
    const { authority } = identity;
    const isValid: typeof authority.isValid = (input) =>
      authority.isValid(input) && authority.identify(input.credential)?.person !== (this.doubts ?? "");
    return { ...identity, authority: { ...authority, isValid } };
  }

  /**
   * Starts a process, unless one runs. Resolves when it has started or could not; never, where it ends before.
   *
   * @param beside - also where one runs: two processes on one store
   */
  async start(beside = false): Promise<void> {
    if (this.isRetired || (this.life !== undefined && !beside)) return;
    const { chance, clock, storage, line, crypto, observer } = this.#parts;
    const number = ++this.#lives;
    const process = line.process();
    const life: Life = { device: this, number, process, client: undefined, isOver: false };
    if (this.life !== undefined) this.others.add(this.life);
    this.life = life;
    try {
      const client = await createClient({
        identity: this.#identity(),
        transport: observer.watch(this, process.transport),
        storage: storage.open(),
        storeKey: this.storeKey,
        crypto,
        suites: this.suites,
        clock,
        // Never the same bytes again after a restart, as from any real source.
        random: chance.fork(`life ${number}`).bytes,
      });
      if (life.isOver) return;
      life.client = client;
      observer.onStart(life, client);
    } catch (error) {
      if (life.isOver) return;
      this.ended(life);
      observer.onFailure(this, asReadbackError(error));
    }
  }

  /** Its power goes. */
  crash(): void {
    this.clock.stop();
    this.storage.crash();
    for (const life of [this.life, ...this.others]) {
      if (life === undefined) continue;
      life.isOver = true;
      const { chance } = this.#parts;
      if (chance.happens(0.5)) life.process.kill(chance.happens(0.7) ? 1 : chance.between(1, 60_000));
      else {
        // What its machine has sent comes late, and then the end.
        const late = chance.gap(2_000);
        life.process.kill(late + chance.between(1, 60_000), late);
      }
    }
    this.life = undefined;
    this.others.clear();
  }

  /** Ends in good order. */
  async stop(): Promise<void> {
    const life = this.life;
    if (life?.client === undefined) return;
    this.life = undefined;
    await life.client.close();
    this.ended(life);
  }

  /** A process has ended by itself. */
  ended(life: Life): void {
    life.isOver = true;
    this.others.delete(life);
    if (this.life === life) this.life = undefined;
  }
}

function asReadbackError(cause: unknown): ReadbackError {
  if (cause instanceof ReadbackError) return cause;
  return new ReadbackError("internal", `A client did not start: ${String(cause)}`, { cause });
}
