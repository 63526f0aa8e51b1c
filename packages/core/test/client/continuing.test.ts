import { memoryRelay } from "@readback/relay";
import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { type MemoryStorage, memoryStorage } from "../../src/memory/memory-storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { crashAtEachWrite } from "./crash-at-each-write.ts";
import { textsOf, type World, world } from "./world.ts";

const [ada, ben, cleo] = ["ada@mercy.example", "ben@stlukes.example", "cleo@mercy.example"] as const;

let here: World;
afterEach(() => here.close());

/** Ada, Ben and Cleo have talked, and their relay is gone; there is another one. */
async function gone(seed: string) {
  here = world(seed);
  const stores = new Map<string, MemoryStorage>([ada, ben, cleo].map((person) => [person, memoryStorage()]));
  const first: Client[] = [];
  for (const [person, storage] of stores) first.push(await here.client(person, { storage }));
  const [a, b, c] = first as [Client, Client, Client];
  const opened = a.open({ members: [ben, cleo], subject: "bed 4" });
  await here.until(() => [b, c].every((client) => client.conversations().length === 1));
  const { id } = await opened;
  await a.conversation(id)?.send("one");
  for (const client of [b, c]) await here.until(async () => (await textsOf(client, id)).includes("one"));
  for (const client of first) await client.close();
  const other = memoryRelay({ clock: here.clock, random: seededRandom(`other ${seed}`) });
  const start = async (person: string, options: Partial<ClientOptions> = {}): Promise<Client> => {
    const storage = options.storage ?? (stores.get(person) as MemoryStorage).reopen();
    if (options.storage === undefined) stores.set(person, storage as MemoryStorage);
    const client = await here.client(person, { transport: other.transport(), ...options, storage });
    await here.until(() => client.connection === "online");
    return client;
  };
  return { id, other, start, stores };
}

test("goes on at another relay: both know the link, and the old one is only read", async () => {
  const { id, start } = await gone("goes on");
  const [a, b, c] = [await start(ada), await start(ben), await start(cleo)];
  const waiting = await a.conversation(id)?.send("two");
  const old = a.conversation(id) as NonNullable<ReturnType<Client["conversation"]>>;
  const next = await a.continueHere(old);
  for (const client of [b, c]) await here.until(() => client.conversation(id)?.phase === "moved");
  await here.until(() => old.phase === "moved");
  for (const client of [a, b, c]) {
    expect(client.conversation(next.id)?.continues?.id).toBe(id);
    expect(client.conversation(id)?.continuedBy.map((one) => one.id)).toEqual([next.id]);
    expect(client.conversation(next.id)?.subject).toBe("bed 4");
  }
  expect(await waiting?.status()).toBe("failed");
  await expect(old.send("no")).rejects.toMatchObject({ code: "conversation-moved" });
  await expect(old.add(["dora@mercy.example"])).rejects.toMatchObject({ code: "conversation-moved" });
  await expect(a.continueHere(old)).rejects.toMatchObject({ code: "conversation-moved" });
  await expect(a.continueHere(next)).rejects.toMatchObject({ code: "invalid-argument" });
  await b.conversation(next.id)?.send("three");
  for (const client of [a, c])
    await here.until(async () => (await textsOf(client, next.id)).includes("three"));
  expect(await textsOf(c, id)).toEqual(["one"]);
  for (const client of [a, b, c]) await client.close();
  const again = await start(ben);
  expect(again.conversation(next.id)?.continues?.id).toBe(id);
  expect(again.conversation(id)?.phase).toBe("moved");
  // What waited is told once, by its author's device.
  expect(here.errors.map(({ code }) => code)).toEqual(["conversation-moved"]);
  await again.close();
});

test("who is left out is added later, and has no proof of the link", async () => {
  const { id, start } = await gone("left out");
  const [a, b] = [await start(ada), await start(ben)];
  const next = await a.continueHere(a.conversation(id) as never, { members: [ben] });
  const c = await start(cleo);
  await next.add([cleo]);
  await here.until(() => c.conversation(next.id) !== undefined);
  expect(c.conversation(next.id)?.continues).toBeUndefined();
  expect(c.conversation(id)?.phase).toBe("active");
  await expect(a.continueHere(next, { members: ["dora@mercy.example"] })).rejects.toMatchObject({
    code: "invalid-argument",
  });
  for (const client of [a, b, c]) await client.close();
});

test("two who move it at once: everybody is shown both", async () => {
  const { id, start } = await gone("competing");
  const clients = [await start(ada), await start(ben), await start(cleo)] as const;
  const [a, b] = clients;
  const both = await Promise.all([a, b].map((one) => one.continueHere(one.conversation(id) as never)));
  const ids = both.map((one) => one.id).sort();
  for (const client of clients) {
    await here.until(() => client.conversation(id)?.continuedBy.length === 2);
    expect(client.conversation(id)?.continuedBy.map((one) => one.id)).toEqual(ids);
    await client.close();
  }
});

test.each([ada, ben])(
  "a crash at each write of %s leaves it moved, or as it was",
  { timeout: 60_000 },
  async (who) => {
    for (const outcome of ["lost", "applied"] as const) {
      const phases = new Set<string>();
      await crashAtEachWrite(who, outcome, {
        persons: [ada, ben, cleo],
        scene: async (seed) => ({ ...(await gone(seed)), here }),
        begin: (a, id) => a.continueHere(a.conversation(id) as never),
        async pass() {
          for (let i = 0; i < 20; i++) {
            here.clock.advance(1_000);
            await here.settle();
          }
        },
        async check(clients, { id }) {
          const [a] = clients;
          const old = a?.conversation(id);
          phases.add(old?.phase ?? "none");
          if (old?.phase === "active") await a?.continueHere(old);
          for (const client of clients) await here.until(() => client.conversation(id)?.phase === "moved");
          for (const client of clients) expect(client.conversation(id)?.continuedBy).toHaveLength(1);
        },
      });
      expect([...phases].sort()).toEqual(["active", "moved"]);
    }
  },
);
