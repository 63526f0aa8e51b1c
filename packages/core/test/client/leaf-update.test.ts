import { memoryRelayStore, type RelayLimits } from "@readback/relay";
import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { Message } from "../../src/client/message.ts";
import { fromHex } from "../../src/codec/hex.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { decodeMessage } from "../../src/mls/message.ts";
import { crashingStorage } from "../../src/testing/crashing-storage.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { memoizedCrypto } from "./memoized-crypto.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const crypto = memoizedCrypto();

let here: World;
let store: ReturnType<typeof memoryRelayStore>;
afterEach(() => here.close());

function begin(seed: string, limits: Partial<RelayLimits> = {}): void {
  store = memoryRelayStore();
  here = world(seed, { store, limits });
}

/** Lets the time pass in steps, and everything run that it brings. */
async function pass(milliseconds: number, steps = 20): Promise<void> {
  for (let i = 0; i < steps; i++) {
    here.clock.advance(milliseconds / steps);
    await here.settle();
  }
}

/** The leaves whose devices have made a commit of nothing but a fresh leaf, in the order of the log. */
async function updates({ id }: Conversation, device = `${ada}/phone`): Promise<number[]> {
  const range = { conversation: fromHex(id), device, after: 0, maximumEntries: 1_000, maximumBytes: 1e9 };
  const page = await store.readLog(range);
  return (page?.entries ?? []).flatMap(({ header, payload }) => {
    const message = header.kind === "commit" ? decodeMessage(payload as Uint8Array) : undefined;
    if (message?.type !== "public-message") return [];
    const { content, sender } = message.publicMessage.content;
    if (content.type !== "commit" || sender.type !== "member") return [];
    return content.commit.proposals.length === 0 && content.commit.path !== undefined
      ? [sender.leafIndex]
      : [];
  });
}

async function open(
  seed: string,
  clients = 2,
): Promise<{ conversation: Conversation; a: Client; b: Client }> {
  begin(seed);
  const a = await here.client(ada, { crypto });
  const b = await here.client(ben, { crypto });
  const members = [ben];
  for (let i = 2; i < clients; i++) {
    await here.client(`nurse${i}@mercy.example`, { crypto });
    members.push(`nurse${i}@mercy.example`);
  }
  const conversation = await a.open({ members });
  await here.until(() => b.conversations().length === 1, "that ben has joined");
  return { conversation, a, b };
}

const arrived = (client: Client, { id }: Conversation, text: string) =>
  here.until(async () => (await textsOf(client, id)).includes(text), `that ${text} has arrived`);

describe("a device gives its leaf a fresh key", () => {
  test("some time after it has joined, once somebody has spoken", async () => {
    const { conversation, b } = await open("joined");
    await pass(10 * minute);
    expect(await updates(conversation)).toEqual([]);
    await conversation.send("one");
    await arrived(b, conversation, "one");
    await pass(10 * minute);
    // Ben's leaf, which came out of a key package; Ada's was made for this conversation.
    expect(await updates(conversation)).toEqual([1]);
    await conversation.send("two");
    await arrived(b, conversation, "two");
    await pass(2 * hour);
    expect(await updates(conversation)).toEqual([1]);
    expect(here.errors).toEqual([]);
  });

  test("not in the first minute, which is for what is urgent", async () => {
    const { conversation, b } = await open("urgent");
    await conversation.send("one");
    await arrived(b, conversation, "one");
    await pass(50_000);
    expect(await updates(conversation)).toEqual([]);
    await pass(2 * minute);
    expect(await updates(conversation)).toEqual([1]);
  });

  test("in a larger conversation one after the other", async () => {
    const { conversation } = await open("larger", 9);
    await conversation.send("one");
    await pass(61_000);
    const early = await updates(conversation);
    expect(early.length).toBeLessThan(6);
    await pass(2 * minute);
    expect((await updates(conversation)).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(here.errors).toEqual([]);
  });

  test("every week, while people speak", async () => {
    const { conversation, a, b } = await open("weekly");
    const weeks = 3;
    for (let d = 0; d < 7 * weeks + weeks; d++) {
      await conversation.send(`day ${d}`);
      await arrived(b, conversation, `day ${d}`);
      await pass(day, 4);
    }
    const made = await updates(conversation);
    expect(made.filter((leaf) => leaf === 0).length).toBe(weeks);
    expect(made.filter((leaf) => leaf === 1).length).toBe(weeks + 1);
    expect((await textsOf(a, conversation.id)).length).toBe(8 * weeks);
    await conversation.send("last");
    await arrived(b, conversation, "last");
    await pass(10 * day, 80);
    // What was said last brings one more of each; then nobody speaks any more.
    const after = await updates(conversation);
    expect(after.length).toBe(made.length + 2);
    await pass(30 * day, 80);
    expect(await updates(conversation)).toEqual(after);
    expect(here.errors).toEqual([]);
  });

  test("not where a commit of its own has just brought one", async () => {
    const { conversation, b } = await open("removing", 3);
    const theirs = b.conversation(conversation.id) as Conversation;
    await theirs.send("one");
    await theirs.remove(["nurse2@mercy.example"]);
    await pass(20 * minute);
    expect(await updates(conversation)).toEqual([]);
  });
});

test("a device that was added by its key package of last resort says nothing before it has a fresh key", async () => {
  begin("last resort", { claims: { burst: 100, perMinute: 100 } });
  const a = await here.client(ada, { crypto });
  const disk = memoryStorage();
  const early = await here.client(ben, { crypto, storage: disk });
  await here.settle();
  await early.close();
  // Its one-time key packages are used up while it is away.
  const opened: Promise<Conversation>[] = [];
  for (let i = 0; i < 22; i++) opened.push(a.open({ members: [ben], subject: `Bed ${i}` }));
  const conversations = await Promise.all(opened);
  const b = await here.client(ben, { crypto, storage: disk.reopen() });
  await here.until(() => b.conversations().length === conversations.length, "that ben has joined them all");
  await here.settle();
  const made = await Promise.all(conversations.map((conversation) => updates(conversation)));
  expect(made.filter((leaves) => leaves.length === 1)).toHaveLength(2);
  const last = conversations[made.findIndex((leaves) => leaves.length === 1)] as Conversation;
  const theirs = b.conversation(last.id) as Conversation;
  const sent: Message = await theirs.send("first");
  await arrived(a, last, "first");
  expect(await updates(last)).toEqual([1]);
  const [shown] = await last.messages();
  // The log: opening, Ada's commit, Ben's update, and only then what he says.
  expect([shown?.id, shown?.seq]).toEqual([sent.id, 4]);
});

test("a device that comes back to many conversations updates one after the other", async () => {
  begin("back");
  const a = await here.client(ada, { crypto });
  const disk = memoryStorage();
  const first = await here.client(ben, { crypto, storage: disk });
  const all: Conversation[] = [];
  for (let i = 0; i < 5; i++) all.push(await a.open({ members: [ben], subject: `Bed ${i}` }));
  await here.until(() => first.conversations().length === all.length, "that ben has joined");
  await first.close();
  for (const conversation of all) await conversation.send("one");
  await pass(hour);
  const b = await here.client(ben, { crypto, storage: disk.reopen() });
  const made = async () => (await Promise.all(all.map((one) => updates(one)))).flat().length;
  await here.until(async () => (await made()) === 1, "the first update");
  for (const conversation of all) await arrived(b, conversation, "one");
  expect(await made()).toBe(1);
  await pass(70_000);
  expect(await made()).toBe(3);
  await pass(2 * minute);
  expect(await made()).toBe(5);
});

test("nobody waits for an update that the relay does not take now", async () => {
  begin("limited");
  let refusing = true;
  let refused = 0;
  const limited = interposedTransport(here.relay.transport(), {
    fromClient(message, connection) {
      const request = message.type === "request" ? message.request : undefined;
      if (message.type !== "request" || request?.type !== "append" || request.kind !== "commit")
        return undefined;
      if (!refusing) return undefined;
      refused += 1;
      connection.tell({ type: "answer", id: message.id, answer: { type: "refused", code: "rate-limited" } });
      return "lost";
    },
  });
  const a = await here.client(ada, { crypto });
  const b = await here.client(ben, { crypto, transport: limited });
  await here.until(() => b.connection === "online");
  const conversation = await a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  await conversation.send("one");
  await arrived(b, conversation, "one");
  for (let i = 0; i < 100 && refused === 0; i++) await pass(1_000, 1);
  await b.conversation(conversation.id)?.send("at once");
  await here.settle();
  expect(await textsOf(a, conversation.id)).toEqual(["one", "at once"]);
  await pass(10 * minute);
  expect([refused, await updates(conversation)]).toEqual([1, []]);
  refusing = false;
  await pass(day, 80);
  expect(await updates(conversation)).toEqual([1]);
  expect(here.errors).toEqual([]);
});

describe("whatever write the power fails at, an update is made once", () => {
  test.each(["lost", "applied"] as const)("%s", { timeout: 60_000 }, async (outcome) => {
    let writes = Number.POSITIVE_INFINITY;
    for (let failAt = 1; failAt <= writes; failAt++) {
      begin("power");
      const a = await here.client(ada, { crypto });
      const disk = memoryStorage();
      const first = await here.client(ben, { crypto, storage: disk });
      const conversation = await a.open({ members: [ben] });
      await here.until(() => first.conversations().length === 1);
      await conversation.send("one");
      await arrived(first, conversation, "one");
      await first.close();
      const again = disk.reopen();
      const failing = crashingStorage(again, { failAt, outcome });
      const cut = await here.client(ben, { crypto, storage: failing }).catch(() => undefined);
      await pass(3 * minute);
      if (!failing.crashed) writes = failing.writes;
      await cut?.close();
      const b = await here.client(ben, { crypto, storage: again.reopen() });
      await pass(3 * minute);
      expect([failAt, await updates(conversation)]).toEqual([failAt, [1]]);
      await b.conversation(conversation.id)?.send("two");
      await arrived(a, conversation, "two");
      await here.close();
    }
    expect(writes).toBeGreaterThan(2);
  });
});
