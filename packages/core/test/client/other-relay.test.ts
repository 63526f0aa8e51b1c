import { memoryRelay } from "@readback/relay";
import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { type MemoryStorage, memoryStorage } from "../../src/memory/memory-storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

let here: World;
afterEach(() => here.close());

/** Ada and Ben have talked, and their relay is gone; there is another one. */
async function gone(seed: string) {
  here = world(seed);
  const stores = new Map([ada, ben].map((person) => [person, memoryStorage()]));
  const a = await here.client(ada, { storage: stores.get(ada) as MemoryStorage });
  const b = await here.client(ben, { storage: stores.get(ben) as MemoryStorage });
  const opened = a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  const { id } = await opened;
  await a.conversation(id)?.send("one");
  await here.until(async () => (await textsOf(b, id)).includes("one"));
  for (const client of [a, b]) await client.close();
  const other = memoryRelay({ clock: here.clock, random: seededRandom(`other ${seed}`) });
  const found: string[] = [];
  const start = async (person: string, relay = other): Promise<Client> => {
    const storage = (stores.get(person) as MemoryStorage).reopen();
    stores.set(person, storage);
    const client = await here.client(person, { storage, transport: relay.transport() });
    client.on("integrity", ({ what }) => void found.push(what));
    await here.until(() => client.connection === "online");
    return client;
  };
  return { id, other, start, found };
}

test("with another relay, a conversation stays as it is: nothing is read or sent there, and that is told", async () => {
  const { id, other, start, found } = await gone("stays");
  const [a, b] = [await start(ada), await start(ben)];
  await here.until(() => found.length === 2);
  const waiting = await a.conversation(id)?.send("two");
  for (let i = 0; i < 5; i++) {
    here.clock.advance(30_000);
    await here.settle();
  }
  expect(found).toEqual(["other-relay", "other-relay"]);
  expect(await waiting?.status()).toBe("queued");
  expect(a.conversation(id)?.freshness.current).toBe(false);
  expect(await textsOf(b, id)).toEqual(["one"]);

  // New conversations can be had there: each relay's inbox counts for itself.
  const opened = await a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 2);
  await opened.send("here");
  await here.until(async () => (await textsOf(b, opened.id)).includes("here"));
  for (const client of [a, b]) await client.close();

  // And once the first one is back, both go on where they were.
  const [again, too] = [await start(ada, here.relay), await start(ben, here.relay)];
  await here.until(async () => (await textsOf(too, id)).includes("two"));
  await again.conversation(id)?.send("three");
  await here.until(async () => (await textsOf(too, id)).includes("three"));
  expect(here.errors).toEqual([]);
  for (const client of [again, too]) await client.close();
  await other.close();
});
