import { memoryRelay } from "@readback/relay";
import { afterEach, expect, test } from "vitest";
import type { MemoryStorage } from "../../src/memory/memory-storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import type { RelayMessage } from "../../src/wire/message.ts";
import { interposedTransport } from "./interposed-transport.ts";
import {
  ada,
  at,
  ben,
  both,
  checkGoesOn,
  cleo,
  crypto,
  here,
  hybrid,
  outcome,
  pass,
  talking,
} from "./reinitializing-world.ts";
import { textsOf } from "./world.ts";

afterEach(() => here.close());

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

test("the secrets of the old group are gone once the next one is there", async () => {
  const { id, clients, start, stores } = await talking("secrets");
  const [a, b, c] = clients;
  const next = await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  await checkGoesOn([a, b, c], id, "one");
  expect(at(a, id).suite).toBeUndefined();
  const [message] = await at(a, id).messages();
  expect((await at(a, id).evidence(message?.id as string)).length).toBeGreaterThan(0);
  await a.close();
  const kept = (stores.get(ada) as MemoryStorage).reopen();
  stores.set(ada, kept);
  expect(await kept.list(`conversation/${id}/group`)).toEqual([]);
  expect((await kept.list(`conversation/${next.id}/group`)).length).toBeGreaterThan(0);
  const again = await start(ada);
  expect(await textsOf(again, id)).toEqual(["K 6.8"]);
});

test("a store that lacks a group which nothing has followed is damaged", async () => {
  const limits = { conversationsPerOrganisation: 1 };
  const { id, clients, start, stores } = await talking("lacking", {}, limits);
  const [a, b] = clients;
  await outcome(b.open({ members: [cleo] }));
  a.reinitialize(at(a, id), { suite: hybrid }).catch(() => {});
  await here.until(() => at(a, id).phase === "moved");
  await a.close();
  const again = await start(ada);
  expect(at(again, id).phase).toBe("moved");
  await again.close();
  const lacking = (stores.get(ada) as MemoryStorage).reopen();
  expect((await lacking.list(`conversation/${id}/group`)).length).toBeGreaterThan(0);
  await lacking.write([{ removeAll: `conversation/${id}/group` }]);
  await expect(start(ada, { storage: lacking })).rejects.toMatchObject({ code: "storage-damaged" });
});

test("a group that has ended, and that nothing can follow at its relay, goes on at another one", async () => {
  const { id, clients, start } = await talking("stranded", {}, { conversationsPerOrganisation: 1 });
  const [a, b, _c] = clients;
  await outcome(b.open({ members: [cleo] }));
  a.reinitialize(at(a, id), { suite: hybrid }).catch(() => {});
  await here.until(() => clients.every((client) => at(client, id).phase === "moved"));
  for (const client of clients) await client.close();
  const other = memoryRelay({ crypto, clock: here.clock, random: seededRandom("other") });
  const elsewhere = { transport: other.transport() };
  const [as, bs, cs] = [
    await start(ada, elsewhere),
    await start(ben, elsewhere),
    await start(cleo, elsewhere),
  ] as const;
  const next = await outcome(as.continueHere(at(as, id)));
  expect(next.suite).toBe(2);
  expect(await checkGoesOn([as, bs, cs], id, "one")).toBe(next.id);
  for (const client of [as, bs, cs]) await client.close();
  await other.close();
});

test("a device that a person gets meanwhile comes into the next one", async () => {
  const { id, clients, start } = await talking("new device");
  const [a, b, c] = clients;
  await c.close();
  const tablet = await here.client(cleo, { ...both, device: "tablet" });
  const next = await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  const cs = await start(cleo);
  await here.until(() => tablet.conversation(next.id)?.phase === "active", "the tablet");
  await checkGoesOn([a, b, cs], id, "one");
  expect(here.errors).toEqual([]);
});

test("a new device is added to what follows, also where the end was read before anything was heard of it", async () => {
  const { id, clients, start } = await talking("new device, heard of late");
  const [a, b, c] = clients;
  await c.close();
  const tablet = await here.client(cleo, { ...both, device: "tablet" });
  await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  // The phone reads logs first, then hears of the tablet, and gets the Welcome last of all.
  const held: RelayMessage[] = [];
  let holds = 2;
  const network = interposedTransport(here.relay.transport(), {
    fromRelay(message) {
      if (message.type !== "inbox" || held.length >= holds) return undefined;
      held.push(message);
      return [];
    },
  });
  const phone = await start(cleo, { transport: network });
  await here.until(() => held.length === 2 && at(phone, id).phase === "moved", "the end");
  holds = 0;
  network.last?.tell(...held.splice(0, 1));
  await pass(2);
  network.last?.tell(...held.splice(0));
  const next = await checkGoesOn([a, b, phone], id, "one");
  await here.until(() => tablet.conversation(next)?.phase === "active", "the tablet");
});
