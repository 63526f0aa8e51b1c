import { afterEach, expect, test } from "vitest";
import { memoryStorage, ReadbackError, type Storage } from "../../src/index.ts";
import { type World, world } from "./world.ts";

let here: World;
afterEach(() => here.close());

const count = 90;

/** A storage that counts its writes, and refuses them while `isFull`. */
function watched(inner: Storage): Storage & { writes: number; isFull: boolean } {
  return {
    writes: 0,
    isFull: false,
    read: (key) => inner.read(key),
    list: (prefix, options) => inner.list(prefix, options),
    async write(changes, expect) {
      if (this.isFull) throw new ReadbackError("storage-full", "The disk of this test is full.");
      this.writes += 1;
      return inner.write(changes, expect);
    },
    close: () => inner.close(),
  };
}

/** Ada has written a page of messages while Ben was away; Ben's application opens again. */
async function backlog(seed: string) {
  here = world(seed);
  const ada = await here.client("ada@mercy.example");
  const inner = memoryStorage();
  const first = await here.client("ben@stlukes.example", { storage: { ...inner, close: async () => {} } });
  const opening = ada.open({ members: [first.person] });
  await here.until(() => first.conversations().length === 1);
  const conversation = await opening;
  await first.close();
  const sent = await Promise.all(Array.from({ length: count }, (_, i) => conversation.send(`${i}`)));
  await here.until(async () => (await sent.at(-1)?.status()) === "sent");
  const storage = watched(inner);
  const ben = await here.client("ben@stlukes.example", { storage, transport: here.relay.transport() });
  return { ada, ben, storage, sent };
}

test("a page of messages that is marked as it is told costs one more write, not one for each message", async () => {
  const { ben, storage, sent } = await backlog("marks");
  const marked: Promise<void>[] = [];
  ben.on("message", ({ message }) => void marked.push(message.markRead()));
  const before = storage.writes;
  await here.until(() => marked.length === count);
  await Promise.all(marked);
  expect(storage.writes - before).toBeLessThan(8);
  await here.until(async () => (await sent.at(-1)?.status()) === "read");
  expect(await sent[0]?.status()).toBe("read");
});

test("a mark resolves once it is durable, and where the disk is full it rejects and can be made again", async () => {
  const { ben, storage, sent } = await backlog("full marks");
  let told = 0;
  ben.on("message", () => void told++);
  await here.until(() => told === count);
  const messages = (await ben.conversations()[0]?.messages({ limit: count })) ?? [];
  storage.isFull = true;
  const refused = await Promise.allSettled(messages.map((message) => message.markRead()));
  expect(refused.map((outcome) => outcome.status === "rejected" && outcome.reason.code)).toEqual(
    messages.map(() => "storage-full"),
  );
  storage.isFull = false;
  const { writes } = storage;
  await messages.at(-1)?.markRead();
  expect(storage.writes).toBeGreaterThan(writes);
  await here.until(async () => (await sent.at(-1)?.status()) === "read");
});
