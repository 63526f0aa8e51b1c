import { join } from "node:path";
import { createClient, memoryStorage, unsafeDevelopmentIdentity } from "@readback/core";
import { webSocketTransport } from "@readback/transport-ws";
import { buildPrograms, Child } from "./child.ts";
import { decryptBill, floor } from "./floor.ts";
import { interleave, median } from "./interleave.ts";
import type { ClientOrder, ClientOrders, IdleOrders, RelayOrders } from "./programs/orders.ts";
import type { Group } from "./row.ts";
import { withScratch } from "./scratch.ts";

const messages = 10_000;
const text = "x".repeat(100);
const people = ["ben@b.example", "cyd@c.example", "dee@d.example"] as const;

/** A client that was away for ten thousand messages, and the memory it then takes. */
export const catchUp: Group = {
  name: "catch-up",
  about:
    "10,000 messages of 100 bytes from one sender, from opening the client to the last message event: fetched over loopback WebSocket, verified, decrypted, stored in SQLite; three members one after the other, each in a process of its own. Raw: decrypting alone, by the bare operations of node:crypto, measured in between; for memory: a process that does nothing. Of the memory after catching up Node's young generation is a third, 62 MB: with --max-semi-space-size=8 it is 159 MB in all",
  run: () =>
    withScratch(async (folder) => {
      await buildPrograms(folder);
      const relay = new Child<RelayOrders>("relay", folder);
      const { port } = await relay.ask("start", { database: join(folder, "relay.db") });
      const orders = people.map((person) => ({
        person,
        database: join(folder, `${person}.db`),
        url: `ws://127.0.0.1:${port}`,
      }));
      await fillLog(folder, orders);

      const times: number[] = [];
      const bareTimes: number[] = [];
      const sizes = { caughtUp: [] as number[], reopened: [] as number[], idle: [] as number[] };
      for (const order of orders) {
        bareTimes.push(await bareDecryption());
        await inChild<ClientOrders>("client", folder, async (client) => {
          times.push((await client.ask("catchUp", { ...order, messages })) / messages);
          sizes.caughtUp.push(await client.ask("memory"));
          await client.ask("end");
        });
        await inChild<ClientOrders>("client", folder, async (client) => {
          await client.ask("start", order);
          await client.ask("readPage");
          sizes.reopened.push(await client.ask("memory"));
          await client.ask("end");
        });
        await inChild<IdleOrders>("idle", folder, async (idle) => {
          sizes.idle.push(await idle.ask("memory"));
        });
      }
      await relay.ask("end");
      await relay.stop();
      const memory = { raw: median(sizes.idle) / 1e6, rawOf: "idle process", unit: "MB" } as const;
      return [
        {
          what: "catch-up of 10,000",
          measured: 1000 / median(times),
          raw: 1e6 / median(bareTimes),
          rawOf: "1 verify, 5 HMAC, 2 open",
          unit: "/s",
          goal: "≥ 4,000 /s",
        },
        {
          what: "RSS after catching up",
          measured: median(sizes.caughtUp) / 1e6,
          goal: "≤ 150 MB",
          ...memory,
        },
        {
          what: "RSS of 10,000, opened",
          measured: median(sizes.reopened) / 1e6,
          goal: "≤ 150 MB",
          ...memory,
        },
      ];
    }),
};

/** Everybody joins and goes offline; then the messages are sent. */
async function fillLog(folder: string, readers: readonly ClientOrder[]): Promise<void> {
  const children = await Promise.all(
    readers.map(async (order) => {
      const child = new Child<ClientOrders>("client", folder);
      await child.ask("start", order);
      return child;
    }),
  );
  const sender = await createClient({
    identity: unsafeDevelopmentIdentity({ person: "ada@a.example" }),
    transport: webSocketTransport(readers[0]?.url ?? ""),
    storage: memoryStorage(),
  });
  const conversation = await sender.open({ members: people });
  for (const child of children) {
    await child.ask("joined");
    await child.ask("end");
    await child.stop();
  }
  for (let sent = 0; sent < messages; sent += 100) {
    const burst = await Promise.all(Array.from({ length: 100 }, () => conversation.send(text)));
    await burst.at(-1)?.reached("sent");
  }
  await sender.close();
}

/** Microseconds that decrypting one message takes at least. */
async function bareDecryption(): Promise<number> {
  const batch = floor(2, decryptBill);
  return (await interleave({ batch }, { rounds: 100, count: 20 })).batch;
}

async function inChild<Takes extends ClientOrders | IdleOrders>(
  name: "client" | "idle",
  folder: string,
  task: (child: Child<Takes>) => Promise<void>,
): Promise<void> {
  const child = new Child<Takes>(name, folder);
  await task(child);
  await child.stop();
}
