import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { hex } from "../../src/codec/hex.ts";
import { defaultCryptoProvider, withSuites } from "../../src/crypto.ts";
import { experimentalMlKem768P256Suite } from "../../src/experimental.ts";
import { type MemoryStorage, memoryStorage } from "../../src/memory/memory-storage.ts";
import { crashingStorage } from "../../src/testing/crashing-storage.ts";
import type { RelayMessage } from "../../src/wire/message.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { textsOf, type World, world } from "./world.ts";

const persons = ["ada@mercy.example", "ben@stlukes.example", "cleo@mercy.example"] as const;
const [ada, ben, cleo] = persons;
const hybrid = experimentalMlKem768P256Suite.id;
const crypto = withSuites(defaultCryptoProvider(), experimentalMlKem768P256Suite);
const both = { crypto, suites: [2, hybrid] };

let here: World;
afterEach(() => here.close());

/** Ada, Ben and Cleo talk, each with a device that has both suites unless told otherwise. */
async function talking(seed: string, options: Partial<Record<string, Partial<ClientOptions>>> = {}) {
  here = world(seed, { crypto });
  const stores = new Map<string, MemoryStorage>(persons.map((person) => [person, memoryStorage()]));
  const start = async (person: string, more: Partial<ClientOptions> = {}): Promise<Client> => {
    const storage = more.storage ?? (stores.get(person) as MemoryStorage).reopen();
    if (more.storage === undefined) stores.set(person, storage as MemoryStorage);
    const client = await here.client(person, { ...(options[person] ?? both), ...more, storage });
    await here.until(() => client.connection === "online");
    return client;
  };
  const clients = [await start(ada), await start(ben), await start(cleo)] as [Client, Client, Client];
  const [a, ...others] = clients;
  const opened = a.open({ members: [ben, cleo], subject: "bed 4" });
  await here.until(() => others.every((client) => client.conversations().length === 1));
  const { id } = await opened;
  await a.conversation(id)?.send("K 6.8");
  for (const client of others) await here.until(async () => (await textsOf(client, id)).includes("K 6.8"));
  return { id, clients, start, stores };
}

/** Waits for a promise while time passes. */
async function outcome<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  promise.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  await here.until(() => isOver, "an outcome");
  return promise;
}

const at = (client: Client, id: string): Conversation => client.conversation(id) as Conversation;

/** Lets so many seconds pass. */
async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    here.clock.advance(1_000);
    await here.settle();
  }
}

/** What everybody knows once it has gone on: one next conversation, the same for all, in which all hear each other. */
async function checkGoesOn(clients: readonly Client[], id: string, text: string): Promise<string> {
  await here.until(() => clients.every((client) => at(client, id).continuedBy.length === 1), "a next one");
  const ids = new Set(clients.map((client) => at(client, id).continuedBy[0]?.id));
  expect(ids.size).toBe(1);
  const [next] = [...ids] as [string];
  for (const client of clients) {
    expect(at(client, id).phase).toBe("moved");
    expect(at(client, next)).toMatchObject({ phase: "active", subject: "bed 4" });
    expect(at(client, next).continues?.id).toBe(id);
    const members = at(client, next).members();
    expect(members.map(({ person }) => person).sort()).toEqual(persons);
    await at(client, next).send(`${text} of ${client.person}`);
  }
  for (const client of clients)
    await here.until(async () => (await textsOf(client, next)).length === clients.length, "all texts");
  return next;
}

test("all go on in a group of another suite, on the same relay", async () => {
  const { id, clients, start } = await talking("goes on");
  const [a, b] = clients;
  const waiting = at(a, id).send("who waits");
  const next = await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  await waiting;
  expect(await checkGoesOn(clients, id, "one")).toBe(next.id);
  await expect(at(b, id).send("no")).rejects.toMatchObject({ code: "conversation-moved" });
  await expect(b.reinitialize(at(b, id), { suite: hybrid })).rejects.toMatchObject({
    code: "conversation-moved",
  });
  for (const client of clients) {
    expect(await textsOf(client, id)).toContain("K 6.8");
    await client.close();
  }
  const again = [await start(ada), await start(ben)] as const;
  await at(again[1], next.id).send("after a restart");
  await here.until(async () => (await textsOf(again[0], next.id)).includes("after a restart"));
  expect(at(again[0], next.id).continues?.id).toBe(id);
});

test("who was offline reads the old one to its end first", async () => {
  const { id, clients, start } = await talking("offline");
  const [a, b, c] = clients;
  await c.close();
  await at(a, id).send("said while Cleo was away");
  await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  const cs = await start(cleo);
  await checkGoesOn([a, b, cs], id, "one");
  expect(await textsOf(cs, id)).toContain("said while Cleo was away");
  expect(here.errors).toEqual([]);
});

test("a Welcome that comes before the end of the old conversation waits for it", async () => {
  const { id, clients, start } = await talking("early Welcome");
  const [a, b, c] = clients;
  await c.close();
  await at(a, id).send("said while Cleo was away");
  await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  // The relay hands out nothing of the old log until long after the Welcome.
  const held: RelayMessage[] = [];
  let isHeld = true;
  const network = interposedTransport(here.relay.transport(), {
    fromRelay(message) {
      const entries =
        message.type === "answer" && message.answer.type === "entries" && message.answer.entries;
      if (!isHeld || !entries || hex(entries[0]?.header.conversation ?? new Uint8Array()) !== id)
        return undefined;
      held.push(message);
      return [];
    },
  });
  const cs = await start(cleo, { transport: network });
  await here.until(() => held.length > 0, "the old log on its way");
  await here.settle();
  expect(cs.conversations()).toHaveLength(1);
  isHeld = false;
  network.last?.tell(...held);
  await checkGoesOn([a, b, cs], id, "one");
  expect(here.errors).toEqual([]);
});

test("who leaves meanwhile is let go first", async () => {
  const { id, clients } = await talking("leaves");
  const [a, b, c] = clients;
  const left = at(b, id).leave();
  await here.until(() => at(b, id).phase === "leaving");
  const next = outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  await outcome(left);
  const members = (await next).members().map(({ person }) => person);
  expect(members.sort()).toEqual([ada, cleo]);
  expect(at(b, id).phase).toBe("left");
  await here.until(() => at(c, id).continuedBy.length === 1);
  expect(here.errors).toEqual([]);
});

test("where the one who asked for it disappears, another one opens the next conversation", async () => {
  const { id, clients, start } = await talking("disappears");
  const [a, b, c] = clients;
  await a.close();
  // Ada's device asks for it, and whatever it sends after that is lost.
  const network = interposedTransport(here.relay.transport(), {
    fromClient: (message) =>
      message.type === "request" && message.request.type === "create" ? "lost" : undefined,
  });
  const asking = await start(ada, { transport: network });
  const begun = asking.reinitialize(at(asking, id), { suite: hybrid }).catch(() => {});
  await here.until(() => [b, c].every((client) => at(client, id).phase === "moved"), "the end");
  expect([b, c].map((client) => at(client, id).continuedBy)).toEqual([[], []]);
  await asking.close();
  await begun;
  await pass(20);
  await here.until(() => [b, c].every((client) => at(client, id).continuedBy.length === 1), "a next one");
  const again = await start(ada);
  const next = await checkGoesOn([again, b, c], id, "one");
  // She had begun one of her own under the same identifier, which is gone.
  expect(again.conversations().map((conversation) => conversation.id)).toEqual([id, next].sort());
  expect(here.errors).toEqual([]);
});

test("all who try at once come into the same one", async () => {
  const { id, clients } = await talking("at once");
  const tries = clients.map((client) =>
    outcome(client.reinitialize(at(client, id), { suite: hybrid })).then(
      ({ id }) => id,
      ({ code }) => code,
    ),
  );
  const results = await Promise.all(tries);
  const next = await checkGoesOn(clients, id, "one");
  expect(results.filter((result) => result === next).length).toBeGreaterThan(0);
  for (const result of results) expect([next, "conversation-moved"]).toContain(result);
});

test("who is alone goes on alone, and adds others there", async () => {
  const { id, clients } = await talking("alone");
  const [a, b, c] = clients;
  await outcome(at(a, id).remove([ben, cleo]));
  const next = await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  expect(next.continues?.id).toBe(id);
  await outcome(next.add([ben, cleo]));
  await here.until(() => [b, c].every((client) => client.conversation(next.id) !== undefined));
  // They have no secret of the group that it follows.
  expect(at(b, next.id).continues).toBeUndefined();
  await at(b, next.id).send("one");
  await here.until(async () => (await textsOf(a, next.id)).includes("one"));
});

test("nothing ends where a device of a member does not have the suite, this one does not, or it is the same", async () => {
  const { id, clients } = await talking("lacks", { [cleo]: { crypto } });
  const [a, , c] = clients;
  await expect(a.reinitialize(at(a, id), { suite: hybrid })).rejects.toMatchObject({
    code: "unknown-recipient",
  });
  await expect(c.reinitialize(at(c, id), { suite: hybrid })).rejects.toMatchObject({
    code: "unsupported-suite",
  });
  await expect(a.reinitialize(at(a, id), { suite: 2 })).rejects.toMatchObject({ code: "invalid-argument" });
  await at(c, id).send("still here");
  await here.until(async () => (await textsOf(a, id)).includes("still here"));
  for (const client of clients) expect(at(client, id).phase).toBe("active");
});

test("nothing ends where somebody without the suite is added while it is prepared", async () => {
  const { id, clients, start } = await talking("added meanwhile");
  const [a, b] = clients;
  const held: RelayMessage[] = [];
  const network = interposedTransport(here.relay.transport(), {
    fromRelay(message) {
      if (message.type !== "answer" || message.answer.type !== "claimed") return undefined;
      held.push(message);
      return [];
    },
  });
  await a.close();
  const asking = await start(ada, { transport: network });
  const asked = asking.reinitialize(at(asking, id), { suite: hybrid });
  asked.catch(() => {});
  await here.until(() => held.length === 1, "keys on their way");
  await here.client("dora@stlukes.example", { crypto });
  await outcome(at(b, id).add(["dora@stlukes.example"]));
  await here.until(() => at(asking, id).members().length === 4);
  network.last?.tell(...held);
  await expect(outcome(asked)).rejects.toMatchObject({ code: "unknown-recipient" });
  expect(at(asking, id).phase).toBe("active");
});

test("a device that has given up the suite since it joined is no reason to end anything", async () => {
  const { id, clients, start } = await talking("given up");
  const [a, , c] = clients;
  await c.close();
  await (await start(cleo, { suites: [2] })).close();
  await expect(a.reinitialize(at(a, id), { suite: hybrid })).rejects.toMatchObject({
    code: "unknown-recipient",
  });
  expect(at(a, id).phase).toBe("active");
});

test.each([ada, ben])(
  "a crash at each write of %s keeps nobody from going on",
  { timeout: 120_000 },
  async (who) => {
    for (const outcomeOfWrite of ["lost", "applied"] as const) {
      const phases = new Set<string>();
      let hasCrashed = true;
      for (let failAt = 1; hasCrashed; failAt++) {
        const { id, clients, start, stores } = await talking(`crash ${who} ${outcomeOfWrite} ${failAt}`);
        for (const client of clients) await client.close();
        const store = (stores.get(who) as MemoryStorage).reopen();
        stores.set(who, store);
        const storage = crashingStorage(store, { failAt, outcome: outcomeOfWrite });
        const running: (Client | undefined)[] = [];
        for (const person of persons) {
          const starting = person === who ? start(person, { storage }).catch(() => undefined) : start(person);
          // It may not come further than its first write.
          running.push(await starting);
        }
        const [a] = running;
        const begun = a?.reinitialize(at(a, id), { suite: hybrid }).catch(() => undefined);
        await pass(40);
        hasCrashed = storage.crashed;
        for (const client of running) await client?.close().catch(() => {});
        await begun;
        const after = [await start(ada), await start(ben), await start(cleo)] as const;
        await pass(40);
        // It was ended for all, or for nobody.
        const { phase } = at(after[0], id);
        phases.add(phase);
        if (phase === "moved") await checkGoesOn(after, id, "one");
        else for (const client of after) expect(at(client, id).phase).toBe("active");
        for (const client of after) await client.close();
        await here.close();
      }
      expect([...phases].sort()).toEqual(who === ada ? ["active", "moved"] : ["moved"]);
    }
  },
);
