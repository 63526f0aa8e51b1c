import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { fromHex, hex } from "../../src/codec/hex.ts";
import type { MemoryStorage } from "../../src/memory/memory-storage.ts";
import type { RelayMessage } from "../../src/wire/message.ts";
import { crashAtEachWrite } from "./crash-at-each-write.ts";
import { interposedTransport } from "./interposed-transport.ts";
import {
  ada,
  at,
  ben,
  checkGoesOn,
  cleo,
  crypto,
  here,
  hybrid,
  outcome,
  pass,
  persons,
  talking,
} from "./reinitializing-world.ts";
import { copyOf } from "./store-copy.ts";
import { textsOf } from "./world.ts";

afterEach(() => here.close());

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

test.each([ada, ben])(
  "a crash at each write of %s keeps nobody from going on",
  { timeout: 120_000 },
  async (who) => {
    for (const outcomeOfWrite of ["lost", "applied"] as const) {
      const phases = new Set<string>();
      await crashAtEachWrite(who, outcomeOfWrite, {
        persons,
        async scene(seed) {
          const { clients, ...scene } = await talking(seed);
          for (const client of clients) await client.close();
          return { ...scene, here };
        },
        begin: (a, id) => a.reinitialize(at(a, id), { suite: hybrid }),
        pass: () => pass(40),
        async check(clients, { id }) {
          await pass(40);
          // It was ended for all, or for nobody.
          const { phase } = at(clients[0] as Client, id);
          phases.add(phase);
          if (phase === "moved") await checkGoesOn(clients, id, "one");
          else for (const client of clients) expect(at(client, id).phase).toBe("active");
        },
      });
      expect([...phases].sort()).toEqual(who === ada ? ["active", "moved"] : ["moved"]);
    }
  },
);

test("an attempt that is stored while somebody else's Welcome is looked into gives way, and nothing of it stays", async () => {
  const { id, clients, start, stores } = await talking("overlapping");
  for (const client of clients) await client.close();
  const held: RelayMessage[] = [];
  let holds: "claimed" | "entries" | "nothing" = "nothing";
  let creates = 0;
  const network = interposedTransport(here.relay.transport(), {
    fromClient(message, connection) {
      if (message.type !== "request" || message.request.type !== "create") return undefined;
      const refused = { type: "refused", code: "not-allowed" } as const;
      if (creates++ === 0) connection.tell({ type: "answer", id: message.id, answer: refused });
      return "lost";
    },
    fromRelay(message) {
      if (message.type !== "answer" || message.answer.type !== holds) return undefined;
      if (holds === "entries" && message.type === "answer" && message.answer.type === "entries") {
        const conversation = message.answer.entries[0]?.header.conversation;
        if (conversation === undefined || hex(conversation) === id) return undefined;
      }
      held.push(message);
      return [];
    },
  });
  const cs = await start(cleo, { transport: network });
  // Cleo asks for it, and is about to open what follows for the second time: the keys for that are on their way.
  const begun = cs.reinitialize(at(cs, id), { suite: hybrid }).catch(() => undefined);
  await here.until(() => creates === 1);
  holds = "claimed";
  await pass(12);
  await here.until(() => at(cs, id).phase === "moved" && held.length === 1, "the end, and keys again");
  // Somebody else is faster; what Cleo's device asks of the Welcome is on its way when the keys come.
  holds = "entries";
  const [a, b] = [await start(ada), await start(ben)];
  const keys = held.splice(0);
  await pass(15);
  await here.until(() => held.length === 1, "the entry of the Welcome");
  network.last?.tell(...keys);
  await here.settle();
  holds = "nothing";
  network.last?.tell(...held.splice(0));
  const next = await checkGoesOn([a, b, cs], id, "one");
  await begun;
  await cs.close();
  const kept = stores.get(cleo) as MemoryStorage;
  expect(await kept.reopen().read(`conversation/${next}/creation`)).toBeUndefined();
  const again = await start(cleo);
  await at(again, next).send("after a restart");
  await here.until(async () => (await textsOf(a, next)).includes("after a restart"));
  expect(here.errors).toEqual([]);
});

test("what is no Welcome ends no attempt", async () => {
  const { id, clients, start } = await talking("no Welcome");
  const [a, b, c] = clients;
  await a.close();
  const held: RelayMessage[] = [];
  let isHeld = false;
  const network = interposedTransport(here.relay.transport(), {
    fromClient(message) {
      if (message.type === "request" && message.request.type === "create") isHeld = true;
      return undefined;
    },
    fromRelay(message) {
      const isOfLog = message.type === "entry" || message.type === "answer";
      if (!isHeld || !isOfLog) return undefined;
      held.push(message);
      return [];
    },
  });
  const asking = await start(ada, { transport: network });
  const begun = asking.reinitialize(at(asking, id), { suite: hybrid });
  await here.until(() => [b, c].every((client) => at(client, id).continuedBy.length === 1), "a next one");
  const conversation = fromHex(at(b, id).continuedBy[0]?.id as string);
  const item = { type: "welcome", conversation, seq: 1, welcome: new Uint8Array(10) } as const;
  network.last?.tell({ type: "inbox", after: 0, index: 99, item });
  await here.settle();
  isHeld = false;
  network.last?.tell(...held.splice(0));
  expect((await outcome(begun)).id).toBe(hex(conversation));
  await checkGoesOn([asking, b, c], id, "one");
});

test("a device that is put back to before it came into the next one says that it cannot come in", async () => {
  const { id, clients, start, stores } = await talking("put back");
  const [a, b, c] = clients;
  const backup = await copyOf(stores.get(cleo) as MemoryStorage);
  await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  await here.until(() => at(c, id).continuedBy.length === 1);
  await c.close();
  const again = await start(cleo, { storage: backup });
  await pass(40);
  expect(here.errors.map(({ code }) => code)).toContain("welcome-lost");
  expect(again.conversations()).toHaveLength(1);
  expect(at(b, id).phase).toBe("moved");
});

test("a refusal of the relay is tried again, and told to who waits", async () => {
  const { id, clients } = await talking("refused", {}, { conversationsPerOrganisation: 1 });
  const [a, b] = clients;
  // The organisations of all three have as many as they may.
  await outcome(b.open({ members: [cleo] }));
  let code = "";
  a.reinitialize(at(a, id), { suite: hybrid }).catch((error: { code: string }) => {
    code = error.code;
  });
  await here.until(() => at(a, id).phase === "moved");
  for (let i = 0; i < 40 && code === ""; i++) await pass(15);
  expect(code).toBe("quota-exceeded");
  expect(here.errors.map((error) => error.code)).toContain("quota-exceeded");
  expect(at(a, id).continuedBy).toEqual([]);
});

test("an attempt that was overtaken while its device was off goes, and the device says that it cannot come in", async () => {
  const { id, clients, start, stores } = await talking("overtaken");
  const [a, b, c] = clients;
  await c.close();
  const network = interposedTransport(here.relay.transport(), {
    fromClient: (message) =>
      message.type === "request" && message.request.type === "create" ? "lost" : undefined,
  });
  const asking = await start(cleo, { transport: network });
  asking.reinitialize(at(asking, id), { suite: hybrid }).catch(() => {});
  const kept = () => (stores.get(cleo) as MemoryStorage).list("conversation", { limit: 10_000 });
  await here.until(async () => (await kept()).some(({ key }) => key.endsWith("/creation")), "an attempt");
  const backup = await copyOf(stores.get(cleo) as MemoryStorage);
  await asking.close();
  await here.until(() => [a, b].every((client) => at(client, id).continuedBy.length === 1), "a next one");
  const seen = await start(cleo);
  await here.until(() => at(seen, id).continuedBy.length === 1);
  await seen.close();
  // Put back to its attempt, for which no Welcome comes any more.
  const again = await start(cleo, { storage: backup });
  await here.until(
    async () => !(await backup.list("conversation")).some(({ key }) => key.endsWith("/creation")),
  );
  await pass(40);
  expect(here.errors.map(({ code }) => code)).toEqual(["welcome-lost"]);
  expect(again.conversations()).toHaveLength(1);
});
