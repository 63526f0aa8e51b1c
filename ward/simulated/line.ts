import { type Accept, type ConnectionHandler, ReadbackError, type Transport } from "@readback/core/wire";
import type { Chance } from "../kernel/chance.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import { SimulatedConnection } from "./connection.ts";

/** How fast a network is: milliseconds for a frame. */
export interface Latency {
  readonly least: number;
  /** On top of it, on the average. */
  readonly jitter: number;
}

/** The way from one device to the relay. */
export class Line {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #origin: string;
  readonly #accept: () => Accept | undefined;
  readonly connections = new Set<SimulatedConnection>();
  readonly latency: Latency;
  #isDown = false;
  #stalled: "up" | "down" | "both" | undefined;

  /** @param accept - whoever listens at the other end, if anybody does */
  constructor(
    scheduler: Scheduler,
    chance: Chance,
    origin: string,
    latency: Latency,
    accept: () => Accept | undefined,
  ) {
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#origin = origin;
    this.#accept = accept;
    this.latency = latency;
  }

  /** What one process dials with. */
  process(): LineProcess {
    let isAlive = true;
    const own = new Set<SimulatedConnection>();
    const transport: Transport = {
      connect: (handler, signal) =>
        new Promise((resolve, reject) => {
          const abort = (): void => {
            cancel();
            reject(new ReadbackError("aborted", "Connecting was aborted."));
          };
          const cancel = this.#scheduler.after(this.#frameTime() * 2, "connection", () => {
            signal.removeEventListener("abort", abort);
            if (!isAlive) return;
            const connection = this.#open(handler);
            if (connection === undefined) {
              reject(new ReadbackError("transport-failed", "Nobody answers."));
              return;
            }
            own.add(connection);
            resolve(connection.near);
          });
          signal.addEventListener("abort", abort, { once: true });
          if (signal.aborted) abort();
        }),
    };
    return {
      transport,
      get open() {
        for (const connection of own) if (!connection.near.isOpen) own.delete(connection);
        return own.size;
      },
      kill: (othersDelay, late) => {
        isAlive = false;
        for (const connection of own) connection.kill("near", othersDelay, late);
      },
    };
  }

  /** Nobody gets through, and what is open breaks. */
  down(near: number, far: number): void {
    this.#isDown = true;
    this.cut(near, far);
  }

  /** Dialling works again. */
  up(): void {
    this.#isDown = false;
  }

  /** All connections break; see {@link SimulatedConnection.cut}. */
  cut(near: number, far: number, late?: number): void {
    for (const connection of this.connections) connection.cut(near, far, late);
    this.connections.clear();
  }

  /** Frames do not arrive for now, in one direction or in both, and nobody notices. */
  stall(direction: "up" | "down" | "both"): void {
    this.#stalled = direction;
    for (const connection of this.connections) connection.stall(direction);
  }

  resume(): void {
    this.#stalled = undefined;
    for (const connection of this.connections) connection.resume();
  }

  #open(handler: ConnectionHandler): SimulatedConnection | undefined {
    const accept = this.#accept();
    if (accept === undefined || this.#isDown) return undefined;
    for (const old of this.connections) if (!old.isOpen) this.connections.delete(old);
    const connection = new SimulatedConnection(this.#scheduler, () => this.#frameTime());
    if (this.#stalled !== undefined) connection.stall(this.#stalled);
    this.connections.add(connection);
    connection.near.start(handler);
    connection.far.start(accept(connection.far, this.#origin));
    return connection;
  }

  #frameTime(): number {
    return this.latency.least + this.#chance.gap(this.latency.jitter);
  }
}

/** The network of one process. */
export interface LineProcess {
  readonly transport: Transport;
  /** Connections that this process holds open. */
  readonly open: number;
  /** The process ends without a word; see {@link SimulatedConnection.kill}. */
  kill(othersDelay: number, late?: number): void;
}
