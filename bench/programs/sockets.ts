/** Many connections in one process, so that the server under test has a process of its own. */
import type { Connection } from "@readback/core/wire";
import { webSocketTransport } from "@readback/transport-ws";
import WebSocket from "ws";
import { interleave } from "../interleave.ts";
import { RelayDevice } from "../relay-device.ts";
import { answerOrders, type SocketsOrders } from "./orders.ts";

const atOnce = 100;
const warmUp = 50;

const transportTo = (url: string) => webSocketTransport(url, { WebSocket });

function dial(url: string, onFrame: () => void): Promise<Connection> {
  return transportTo(url).connect({ onFrame, onClose: () => {} }, new AbortController().signal);
}

async function openBare(url: string, index: number): Promise<WebSocket> {
  // An address of its own for each few thousand: the ports of one are soon used up.
  const localAddress = `127.0.0.${2 + Math.floor(index / 5_000)}`;
  const socket = new WebSocket(url, ["readback.v1"], { perMessageDeflate: false, localAddress });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}

async function inTurns(count: number, open: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => open(from + index));
    await Promise.all(some);
  }
}

/** Counts down what is still to come of one message. */
class Countdown {
  #left = 0;
  #done: () => void = () => {};

  readonly tick = (): void => {
    this.#left -= 1;
    if (this.#left === 0) this.#done();
  };

  begin(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }
}

answerOrders<SocketsOrders>({
  async openBare({ url, count }) {
    await inTurns(count, (index) => openBare(url, index));
  },
  async openDevices({ url, count }) {
    await inTurns(count, async (index) => {
      const device = await RelayDevice.open(transportTo(url), `p${index}@example.org`);
      await device.listen(() => {});
    });
  },
  async fanOut({ relayUrl, bareUrl, listeners, rounds }) {
    const left = new Countdown();
    const sender = await RelayDevice.open(transportTo(relayUrl), "sender@example.org");
    const devices: RelayDevice[] = [];
    await inTurns(listeners, async (index) => {
      devices.push(await RelayDevice.open(transportTo(relayUrl), `p${index}@example.org`));
    });
    await sender.converse(devices);
    for (const device of devices) await device.listen(left.tick);
    const size = sender.prepare(rounds + warmUp + 2);

    // Both audiences hear through the same transport: what is compared are the servers.
    const bareFrame = new Uint8Array(size).fill(1);
    for (let index = 0; index < listeners; index++) await dial(bareUrl, left.tick);
    let onAnswer = (): void => {};
    const bareSender = await dial(bareUrl, () => onAnswer());

    const ways = {
      async relay(count: number) {
        for (let number = 0; number < count; number++) {
          const told = left.begin(listeners);
          await Promise.all([told, sender.append()]);
        }
      },
      async bare(count: number) {
        for (let number = 0; number < count; number++) {
          const answered = new Promise<void>((resolve) => {
            onAnswer = resolve;
          });
          const told = left.begin(listeners);
          void bareSender.send(bareFrame);
          await Promise.all([told, answered]);
        }
      },
    };
    await interleave(ways, { rounds: warmUp - 1, count: 1 });
    return interleave(ways, { rounds, count: 1 });
  },
  async writers({ url, count }) {
    writers = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        RelayDevice.open(transportTo(url), `${index}-of-${count}@w.org`),
      ),
    );
    for (const writer of writers) await writer.converse();
  },
  async prepare(count) {
    for (const writer of writers) writer.prepare(count);
  },
  async append(count) {
    await Promise.all(
      writers.map(async (writer) => {
        for (let number = 0; number < count; number++) await writer.append();
      }),
    );
  },
});

let writers: RelayDevice[] = [];
