import { join } from "node:path";
import { smallYoungGeneration } from "../packages/relay/src/young-generation.ts";
import { buildPrograms, Child } from "./child.ts";
import type { BroadcastOrders, RelayOrders, SocketsOrders } from "./programs/orders.ts";
import type { Group, Row } from "./row.ts";
import { withScratch } from "./scratch.ts";

const idle = 10_000;
const listeners = 100;

/** What connections cost a relay that have nothing to say, and a message that goes to many of them. */
export const sockets: Group = {
  name: "sockets",
  about:
    "loopback WebSocket; the relay, a bare ws server and the other ends of all connections in a process each. Idle: memory of the whole process with 10,000 connections, of as many devices that have logged in and wait for news of no conversation yet, SQLite; first with the small young generation that the command readback-relay gives itself, then with the settings of Node, under which it takes up to 134 MB. Fan-out: messages of 300 bytes, one at a time, from sending until 100 members have it and the sender an answer; bare: ws sends the same bytes to 100 others and answers, in the second row after one durable row of bare SQLite",
  run: () =>
    withScratch(async (folder) => {
      await buildPrograms(folder);
      const rows = [await idleRow(folder, [smallYoungGeneration]), await idleRow(folder, [])];
      rows.push(await fanOut(folder, false), await fanOut(folder, true));
      return rows;
    }),
};

/** @param flags - of Node, for both servers */
async function idleRow(folder: string, flags: readonly string[]): Promise<Row> {
  const others = new Child<SocketsOrders>("sockets", folder);
  const server = new Child<BroadcastOrders>("broadcast", folder, flags);
  await others.ask("openBare", { url: urlOf((await server.ask("start", {})).port), count: idle });
  const raw = (await server.ask("memory")) / 1e6;
  await server.stop();
  const relay = new Child<RelayOrders>("relay", folder, flags);
  const database = join(folder, `idle-${flags.length}.db`);
  await others.ask("openDevices", { url: urlOf((await relay.ask("start", { database })).port), count: idle });
  const measured = (await relay.ask("memory")) / 1e6;
  await Promise.all([others.stop(), relay.stop()]);
  const what = `${idle.toLocaleString("en-US")} idle devices${flags.length === 0 ? ", Node's settings" : ""}`;
  return { what, measured, raw, rawOf: "bare ws, as many sockets", unit: "MB", goal: "≤ 200 MB" };
}

async function fanOut(folder: string, durable: boolean): Promise<Row> {
  const relay = new Child<RelayOrders>("relay", folder);
  const server = new Child<BroadcastOrders>("broadcast", folder);
  const others = new Child<SocketsOrders>("sockets", folder);
  const database = (name: string) => (durable ? { database: join(folder, `fan-out-${name}.db`) } : {});
  const [{ port }, bare] = await Promise.all([
    relay.ask("start", database("relay")),
    server.ask("start", database("bare")),
  ]);
  const order = { relayUrl: urlOf(port), bareUrl: urlOf(bare.port), listeners, rounds: 300 };
  const times = await others.ask("fanOut", order);
  await Promise.all([others.stop(), server.stop(), relay.stop()]);
  const perSecond = (time: number): number => (listeners * 1e6) / time;
  return {
    what: `fan-out to ${listeners}, ${durable ? "SQLite" : "store in memory"}`,
    measured: perSecond(times.relay),
    raw: perSecond(times.bare),
    unit: "/s",
    rawOf: durable ? "bare row, then ws" : "bare ws",
    goal: "≥ 0.8×",
  };
}

function urlOf(port: number): string {
  return `ws://127.0.0.1:${port}`;
}
