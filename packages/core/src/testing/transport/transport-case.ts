import { sameBytes } from "../../codec/bytes.ts";
import type { Accept, Transport } from "../../port/index.ts";
import { checkSame } from "../check.ts";
import { TransportSide } from "./transport-side.ts";

/** A transport under test, with what it connects to. */
export interface TransportSubject {
  /** Connects to the `accept` that was given. */
  readonly transport: Transport;
  /** Cuts every open connection without a farewell, as a crash or a broken line does. */
  cut(): void | Promise<void>;
  /** Closes every connection from the accepting side and listens no more. Idempotent. */
  close(): Promise<void>;
}

/** Makes one {@link TransportSubject} that hands every connection to `accept`; called once per case. */
export type MakeTransport = (accept: Accept) => Promise<TransportSubject>;

/** One rule of the {@link Transport} contract as a test that any runner can run: it passes unless `run` rejects. */
export interface TransportCase {
  /** What the transport does, as a sentence without subject. */
  readonly name: string;
  /**
   * Runs the case on a transport from `make` and closes it. Rejects with an error that tells what was expected. It has
   * no timer: where a transport never does what it should, the runner's time limit ends the case.
   */
  run(make: MakeTransport): Promise<void>;
}

/** A case from its name and its steps. In every case both sides must end, be told so once, and then nothing more. */
export function transportCase(name: string, steps: (world: TransportWorld) => Promise<void>): TransportCase {
  return {
    name,
    async run(make) {
      const world = new TransportWorld();
      const subject = await make((connection) => world.accept(connection));
      world.subject = subject;
      try {
        await steps(world);
      } finally {
        await subject.close();
      }
      await Promise.all(world.sides.map(({ closed }) => closed));
      checkSame(
        world.sides.flatMap(({ faults }) => faults),
        [],
        "calls against the contract",
      );
    },
  };
}

/** What a case works with. */
export class TransportWorld {
  /** The transport under test. */
  subject!: TransportSubject;
  /** Every side that was opened. */
  readonly sides: TransportSide[] = [];
  /** Is called within `accept`, with the side that was accepted. */
  onAccept: (side: TransportSide) => void = () => {};
  #accepted: TransportSide[] = [];
  #waiting: ((side: TransportSide) => void)[] = [];

  /** The listener's side. */
  accept(connection: TransportSide["connection"]): TransportSide {
    const side = new TransportSide();
    side.connection = connection;
    this.sides.push(side);
    this.onAccept(side);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(side);
    else this.#accepted.push(side);
    return side;
  }

  /** Opens a connection and gives the near side, whose handler `react` may answer from within `onFrame`. */
  async dial(react: TransportSide["react"] = () => {}): Promise<TransportSide> {
    const side = new TransportSide();
    side.react = react;
    side.connection = await this.subject.transport.connect(side, new AbortController().signal);
    this.sides.push(side);
    return side;
  }

  /** The far side of the first connection whose far side was not asked for yet. */
  accepted(): Promise<TransportSide> {
    const side = this.#accepted.shift();
    return side ? Promise.resolve(side) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Both sides of a new connection, the dialling one first. */
  async pair(): Promise<[TransportSide, TransportSide]> {
    const near = await this.dial();
    return [near, await this.accepted()];
  }

  /** Lets what is still under way arrive: a round trip on a connection of its own. */
  async settle(): Promise<void> {
    const [near, far] = await this.pair();
    await near.connection.send(Uint8Array.of(1));
    await far.next();
    await far.connection.send(Uint8Array.of(2));
    await near.next();
    await near.connection.close();
    await far.closed;
  }
}

/** Bytes that differ from position to position and from seed to seed. */
export function pattern(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = index * 31 + (index >>> 8) + seed * 17;
  return bytes;
}

/** Throws unless the frame holds exactly the expected bytes. */
export function checkFrame(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  // Writing large frames down, as `checkSame` does, takes far longer than carrying them.
  if (actual === undefined || !sameBytes(actual, expected)) checkSame(actual, expected, what);
}
