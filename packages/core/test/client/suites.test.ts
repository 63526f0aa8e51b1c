import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { defaultCryptoProvider, withSuites } from "../../src/crypto.ts";
import { experimentalMlKem768P256Suite } from "../../src/experimental.ts";
import { type MemoryStorage, memoryStorage } from "../../src/memory/memory-storage.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { copyOf } from "./store-copy.ts";
import { textsOf, type World, world } from "./world.ts";

const [ada, ben, cleo] = ["ada@mercy.example", "ben@stlukes.example", "cleo@mercy.example"] as const;
const crypto = withSuites(defaultCryptoProvider(), experimentalMlKem768P256Suite);
const hybrid = experimentalMlKem768P256Suite.id;
const both = { crypto, suites: [2, hybrid] };

let here: World;
afterEach(() => here.close());

/** A client whose store stays with the test. */
async function start(person: string, storage: MemoryStorage, options: Partial<ClientOptions>) {
  const client = await here.client(person, { storage, ...options });
  await here.until(() => client.connection === "online");
  return client;
}

async function open(opener: Client, others: readonly Client[], suite?: number): Promise<string> {
  const members = others.map(({ person }) => person);
  const opened = opener.open(suite === undefined ? { members } : { members, suite });
  const before = others.map((client) => client.conversations().length);
  await here.until(() => others.every((client, at) => client.conversations().length > (before[at] ?? 0)));
  return (await opened).id;
}

test("conversations of several suites go on side by side, also after a restart", async () => {
  here = world("side by side", { crypto });
  const stores = new Map([ada, ben].map((person) => [person, memoryStorage()]));
  let clients = [
    await start(ada, stores.get(ada) as MemoryStorage, both),
    await start(ben, stores.get(ben) as MemoryStorage, both),
  ] as [Client, Client];
  const ids = [await open(clients[0], [clients[1]]), await open(clients[0], [clients[1]], hybrid)];
  for (const [round, text] of ["one", "two"].entries()) {
    for (const id of ids) await clients[round % 2]?.conversation(id)?.send(text);
    for (const client of clients) {
      for (const id of ids) await here.until(async () => (await textsOf(client, id)).includes(text));
      await client.close();
    }
    clients = [
      await start(ada, (stores.get(ada) as MemoryStorage).reopen(), both),
      await start(ben, (stores.get(ben) as MemoryStorage).reopen(), both),
    ];
    for (const person of [ada, ben]) stores.set(person, (stores.get(person) as MemoryStorage).reopen());
    for (const client of clients) await client.close();
    clients = [
      await start(ada, (stores.get(ada) as MemoryStorage).reopen(), both),
      await start(ben, (stores.get(ben) as MemoryStorage).reopen(), both),
    ];
  }
  const cleos = await here.client(cleo, both);
  for (const id of ids) {
    await clients[1].conversation(id)?.add([cleo]);
    await here.until(() => cleos.conversation(id) !== undefined);
    await cleos.conversation(id)?.send("three");
    await here.until(async () => (await textsOf(clients[0], id)).includes("three"));
  }
  expect(here.errors).toEqual([]);
});

test("whoever lacks the suite cannot be written to in it, and a client says so where it lacks it itself", async () => {
  here = world("lacking", { crypto });
  const adas = await here.client(ada, both);
  const bens = await here.client(ben);
  await expect(adas.open({ members: [ben], suite: hybrid })).rejects.toMatchObject({
    code: "unknown-recipient",
  });
  await expect(bens.open({ members: [ada], suite: hybrid })).rejects.toMatchObject({
    code: "unsupported-suite",
  });
  expect(await open(adas, [bens])).toBeTruthy();
});

test("the suites of a device are of one signature scheme, which stays", async () => {
  here = world("schemes", { crypto });
  const storage = memoryStorage();
  await expect(here.client(ada, { storage, suites: [1, 2] })).rejects.toMatchObject({
    code: "invalid-argument",
  });
  await expect(here.client(ada, { storage: memoryStorage(), suites: [] })).rejects.toMatchObject({
    code: "invalid-argument",
  });
  await expect(here.client(ada, { suites: [2, 0xf0ff] })).rejects.toMatchObject({
    code: "unsupported-suite",
  });
  const kept = memoryStorage();
  await (await here.client(ada, { storage: kept, suites: [2] })).close();
  await expect(here.client(ada, { storage: kept.reopen(), suites: [1] })).rejects.toMatchObject({
    code: "invalid-argument",
  });
  // Another suite of the same scheme may come first from now on: it is the same key, and the relay knows it.
  const later = await start(ada, kept.reopen(), { crypto, suites: [hybrid, 2] });
  const bens = await here.client(ben, both);
  const id = await open(later, [bens]);
  await bens.conversation(id)?.send("one");
  await here.until(async () => (await textsOf(later, id)).includes("one"));
});

test("a suite that a device has given up brings no conversation any more, and no store that holds one opens without it", async () => {
  here = world("given up", { crypto });
  const [empty, full] = [memoryStorage(), memoryStorage()];
  const bens = await here.client(ben, both);
  await (await start(cleo, empty, both)).close();
  const cleos = await start(cleo, empty.reopen(), { suites: [2] });
  await expect(bens.open({ members: [cleo], suite: hybrid })).rejects.toMatchObject({
    code: "unknown-recipient",
  });
  expect(await open(bens, [cleos])).toBeTruthy();
  const adas = await start(ada, full, both);
  await open(adas, [bens], hybrid);
  await adas.close();
  await expect(here.client(ada, { storage: full.reopen(), suites: [2] })).rejects.toMatchObject({
    code: "unsupported-suite",
  });
});

test("what is taken of one suite is made anew of that suite", async () => {
  here = world("stock", { crypto });
  const storage = memoryStorage();
  const bens = await start(ben, storage, both);
  const adas = await here.client(ada, both);
  const stock = async () => (await storage.list("key-package")).length;
  // Twenty and one of last resort, of two suites.
  expect(await stock()).toBe(42);
  for (let i = 0; i < 10; i++) {
    await open(adas, [bens], hybrid);
    here.clock.advance(6_000);
  }
  expect(await stock()).toBe(32);
  await open(adas, [bens], hybrid);
  await here.until(async () => (await stock()) === 42);
  expect(here.errors).toEqual([]);
});

test("keys that the relay does not take are not kept, and push out none of another suite", async () => {
  here = world("refused keys");
  const storage = memoryStorage();
  let current = storage;
  for (let i = 0; i < 30; i++) {
    current = i === 0 ? storage : current.reopen();
    await (await start(ben, current, { crypto, suites: [hybrid, 2] })).close();
  }
  // Those of the suite that the relay has, and no others.
  current = current.reopen();
  expect(await current.list("key-package")).toHaveLength(21);
  expect(new Set(here.errors.map(({ code }) => code))).toEqual(new Set(["relay-refused"]));
  const bens = await start(ben, current.reopen(), { crypto, suites: [hybrid, 2] });
  const adas = await here.client(ada);
  expect(await open(adas, [bens])).toBeTruthy();
});

test("the keys of a device that was put back are replaced once: those of one suite do not push out those of another", async () => {
  here = world("replaced once", { crypto });
  const storage = memoryStorage();
  const first = await start(ben, storage, both);
  const copy = await copyOf(storage);
  const adas = await here.client(ada, both);
  // Half of each suite is used up and made anew, which the copy does not know of.
  for (let i = 0; i < 11; i++) {
    for (const suite of [2, hybrid]) {
      await open(adas, [first], suite);
      here.clock.advance(6_000);
    }
  }
  await here.settle();
  await first.close();
  const replaced: boolean[] = [];
  const transport = interposedTransport(here.relay.transport(), {
    fromClient(message) {
      if (message.type === "request" && message.request.type === "publish")
        replaced.push(message.request.replaces);
      return undefined;
    },
  });
  const again = await here.client(ben, { ...both, storage: copy, transport });
  await here.until(() => again.connection === "online");
  expect(replaced).toEqual([true, false]);
  for (const suite of [2, hybrid]) expect(await open(adas, [again], suite)).toBeTruthy();
});
