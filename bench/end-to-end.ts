import { join } from "node:path";
import { createClient, unsafeDevelopmentIdentity } from "@readback/core";
import { sqliteStorage } from "@readback/storage-sqlite";
import { webSocketTransport } from "@readback/transport-ws";
import WebSocket from "ws";
import { bareTable } from "./bare-table.ts";
import { buildPrograms, Child } from "./child.ts";
import { percentile } from "./interleave.ts";
import type { ClientOrders, RelayOrders } from "./programs/orders.ts";
import type { Group, Row } from "./row.ts";
import { withScratch } from "./scratch.ts";
import { storeKey } from "./store-key.ts";

const rounds = 300;
const warmUp = 20;
const text = "x".repeat(100);
const rowSize = 400;

/** From `send` to the listener of the other side. */
export const endToEnd: Group = {
  name: "end-to-end",
  about:
    "from the call of send to the message event at the other client, one message after the other, read receipts on; three processes (sender, relay, receiver) over loopback WebSocket, each with its own SQLite file; raw: a ws echo between two of them, with one durable row of bare SQLite before and one after it",
  run: () =>
    withScratch(async (folder) => {
      await buildPrograms(folder);
      const relay = new Child<RelayOrders>("relay", folder);
      const receiver = new Child<ClientOrders>("client", folder);
      const { port, echoPort } = await relay.ask("start", { database: join(folder, "relay.db") });
      const url = `ws://127.0.0.1:${port}`;
      await receiver.ask("start", { person: "ben@b.example", database: join(folder, "ben.db"), url });
      const sender = await createClient({
        identity: unsafeDevelopmentIdentity({ person: "ada@a.example" }),
        transport: webSocketTransport(url),
        storage: sqliteStorage(join(folder, "ada.db")),
        storeKey,
      });
      const conversation = await sender.open({ members: ["ben@b.example"] });
      await receiver.ask("joined");
      const echo = await openEcho(echoPort, join(folder, "bare.db"));

      const times = { messages: [] as number[], echoes: [] as number[] };
      for (let round = 0; round < warmUp + rounds; round++) {
        const start = Number(process.hrtime.bigint());
        const displayed = receiver.ask("displayed");
        await conversation.send(text);
        const message = ((await displayed) - start) / 1e6;
        const bare = await echo.time();
        if (round < warmUp) continue;
        times.messages.push(message);
        times.echoes.push(bare);
      }

      echo.close();
      await sender.close();
      await receiver.ask("end");
      await relay.ask("end");
      await Promise.all([receiver.stop(), relay.stop()]);
      const row = (what: string, share: number, goal: string): Row => ({
        what: `send → displayed, ${what}`,
        measured: percentile(times.messages, share),
        raw: percentile(times.echoes, share),
        rawOf: `ws echo, two durable rows, ${what}`,
        unit: "ms",
        goal,
      });
      return [row("p50", 0.5, ""), row("p99", 0.99, "≤ 150 ms")];
    }),
};

/** A row, there and back, a row: milliseconds. */
async function openEcho(port: number, path: string): Promise<{ time(): Promise<number>; close(): void }> {
  const table = bareTable(path);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once("open", resolve));
  const row = new Uint8Array(rowSize).fill(1);
  return {
    async time() {
      const start = performance.now();
      table.add([row]);
      const back = new Promise((resolve) => socket.once("message", resolve));
      socket.send(row);
      await back;
      table.add([row]);
      return performance.now() - start;
    },
    close() {
      socket.close();
      table.close();
    },
  };
}
