import type { Accept, CredentialAuthority, CryptoProvider, LogEntry as LogLine } from "@readback/core";
import { createRelay, type Relay, type RelayLimits } from "@readback/relay";
import type { Chance } from "../kernel/chance.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import { SimulatedClock } from "./clock.ts";
import type { Line } from "./line.ts";
import type { SimulatedRelayStore } from "./relay-store.ts";

/** What a relay's machine is made of. */
export interface RelayHostOptions {
  readonly name: string;
  readonly crypto: CryptoProvider;
  readonly authority: CredentialAuthority;
  readonly limits?: Partial<RelayLimits>;
  /** Called with what the relay tells its operator. */
  onLog(line: LogLine): void;
}

/** The machine that the relay runs on: the real relay, which can be stopped, killed and started again. */
export class RelayHost {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #options: RelayHostOptions;
  #relay: Relay | undefined;
  #life = 0;
  /** Whether it runs, starts or stops. */
  #isOn = false;
  readonly store: SimulatedRelayStore;
  clock: SimulatedClock;
  /** Milliseconds that its clock is ahead. */
  offset = 0;
  /** Stands between devices and the relay, where somebody does. */
  interpose: (accept: Accept) => Accept = (accept) => accept;

  constructor(scheduler: Scheduler, chance: Chance, store: SimulatedRelayStore, options: RelayHostOptions) {
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#options = options;
    this.store = store;
    this.clock = new SimulatedClock(scheduler);
  }

  /** Who takes connections, if the relay runs. */
  get accept(): Accept | undefined {
    return this.#relay && this.interpose(this.#relay.accept);
  }

  get logKey(): Uint8Array | undefined {
    return this.#relay?.logKey;
  }

  /** Starts the relay, unless it runs; it takes connections a little later. */
  async start(): Promise<void> {
    if (this.#isOn) return;
    this.#isOn = true;
    const life = ++this.#life;
    this.clock = new SimulatedClock(this.#scheduler, this.offset);
    const { name, crypto, authority, limits, onLog } = this.#options;
    const relay = await createRelay({
      name,
      store: this.store.open(),
      authority,
      clock: this.clock,
      random: this.#chance.fork(`life ${life}`).bytes,
      crypto,
      logger: onLog,
      ...(limits && { limits }),
    });
    if (life === this.#life) this.#relay = relay;
  }

  /** Its power goes. */
  crash(lines: Iterable<Line>): void {
    this.#life += 1;
    this.#isOn = false;
    this.#relay = undefined;
    this.clock.stop();
    for (const line of lines) {
      for (const connection of line.connections) connection.kill("far", this.#chance.gap(2_000));
      line.connections.clear();
    }
    this.store.crash();
  }

  /** Stops in good order. Resolves when it is off; never, where it crashes before. */
  async drain(): Promise<void> {
    const relay = this.#relay;
    if (relay === undefined) return;
    const life = ++this.#life;
    this.#relay = undefined;
    await relay.close();
    if (life === this.#life) this.#isOn = false;
  }
}
