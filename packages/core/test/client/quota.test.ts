import { afterEach, expect, test } from "vitest";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { type World, world } from "./world.ts";

let here: World;
afterEach(() => here.close());

test("what a relay has no more room for is told as that, and not sent for ever", async () => {
  here = world("quota", { limits: { conversationsPerOrganisation: 1, conversationEntries: 4 } });
  const a = await here.client("ada@mercy.example");
  const b = await here.client("ben@stlukes.example");
  const opened = a.open({ members: ["ben@stlukes.example"] });
  await here.until(() => b.conversations().length === 1);
  const conversation = await opened;
  const opening = a.open({ members: ["ben@stlukes.example"] });
  let code = "";
  opening.catch((error: { code: string }) => {
    code = error.code;
  });
  await here.until(() => code !== "");
  expect(code).toBe("quota-exceeded");
  expect(a.conversations()).toHaveLength(1);
  const first = await conversation.send("one");
  await here.until(async () => (await first.status()) === "delivered");
  const second = await conversation.send("two");
  await here.until(async () => (await second.status()) === "failed");
  expect(here.errors.map((error) => error.code)).toContain("quota-exceeded");
});

test("of a conversation that the relay does not open nothing stays, also where that is heard after a restart", async () => {
  here = world("not opened", { limits: { conversationsPerOrganisation: 1 } });
  const b = await here.client("ben@stlukes.example");
  const members = [b.person];
  const a = await here.client("ada@mercy.example", { device: "tablet" });
  const opened = a.open({ members });
  await here.until(() => b.conversations().length === 1);
  await opened;
  await a.close();
  let storage = memoryStorage();
  let isLost = true;
  const transport = interposedTransport(here.relay.transport(), {
    fromClient: (message) =>
      isLost && message.type === "request" && message.request.type === "create" ? "lost" : undefined,
  });
  const kept = () => storage.list("conversation", { limit: 1_000 });
  const start = async () => {
    storage = storage.reopen();
    const client = await here.client(a.person, { storage, transport });
    await here.until(() => client.connection === "online");
    return client;
  };
  const first = await start();
  first.open({ members }).catch(() => {});
  await here.until(async () => (await kept()).length > 0, "an attempt");
  await first.close();
  storage = storage.reopen();
  expect((await kept()).length).toBeGreaterThan(0);
  // Only now it hears that there is no room.
  isLost = false;
  const again = await start();
  await here.until(async () => (await kept()).length === 0, "nothing left");
  let code = "";
  again.open({ members }).catch((error: { code: string }) => {
    code = error.code;
  });
  await here.until(() => code !== "");
  expect(code).toBe("quota-exceeded");
  await here.until(async () => (await kept()).length === 0, "nothing left");
});
