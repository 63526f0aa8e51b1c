import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { Message } from "../../src/client/message.ts";
import type { MemoryStorage } from "../../src/memory/memory-storage.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { type CrashPlan, crashingStorage } from "../../src/testing/crashing-storage.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { memoizedCrypto } from "./memoized-crypto.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const hour = 3_600_000;
const day = 24 * hour;
const retention = () => 7 * day;
const crypto = memoizedCrypto();

let here: World;
afterEach(() => here.close());

/** Lets time pass, hour by hour, with all that happens in it. */
async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += hour) {
    here.clock.advance(hour);
    await here.settle();
  }
}

/** A message that the other one has read and acknowledged. */
async function talk(conversation: Conversation, other: Client, text: string): Promise<Message> {
  const sent = await conversation.send(text);
  await here.until(async () => (await textsOf(other, conversation.id)).includes(text), text);
  const all = (await other.conversation(conversation.id)?.messages({ limit: 1_000 })) ?? [];
  await all.find(({ id }) => id === sent.id)?.acknowledge("Yes.");
  await here.until(async () => (await sent.status()) === "acknowledged", `acknowledged: ${text}`);
  await here.settle();
  return sent;
}

async function recordsOf(storage: MemoryStorage): Promise<string[]> {
  return (await storage.list("conversation")).map(({ key }) => key.replace(/^conversation.[0-9a-f]+./, ""));
}

describe("for how long a device keeps messages", () => {
  test("what is over goes with all that proves it; what is not can still be proved, byte for byte", async () => {
    here = world("retention");
    const storage = memoryStorage();
    const a = await here.client(ada, { crypto, retention, storage });
    const b = await here.client(ben, { crypto });
    const c = await here.client(cleo, { crypto });
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const old = await talk(conversation, b, "old");
    await conversation.add([cleo]);
    await conversation.remove([cleo]);
    await here.settle();
    await pass(5 * day);
    const recent = await talk(conversation, b, "recent");
    expect(await conversation.evidence(old.id)).toBeInstanceOf(Uint8Array);
    await pass(3 * day);
    await here.until(async () => (await textsOf(a, conversation.id)).length === 1, "it is forgotten");
    expect(await textsOf(a, conversation.id)).toEqual(["recent"]);
    await expect(conversation.evidence(old.id)).rejects.toMatchObject({ code: "unknown-message" });
    expect(await recent.status()).toBe("acknowledged");
    const theirs = b.conversation(conversation.id) as Conversation;
    expect(await conversation.evidence(recent.id)).toEqual(await theirs.evidence(recent.id));
    // Ben keeps everything, and answers what Ada does not have any more: nobody is bothered.
    expect(await textsOf(b, conversation.id)).toEqual(["old", "recent"]);
    const [first] = await theirs.messages();
    await first?.acknowledge("Later.");
    await talk(conversation, b, "after");
    expect(here.errors).toEqual([]);
    const seq = (await theirs.messages())[0]?.seq ?? 0;
    const left = (await recordsOf(storage)).filter((name) => name.includes(seq.toString().padStart(16, "0")));
    // Of the place itself only its page may be there, with the last ones that a client begins with.
    expect(left.filter((name) => !name.startsWith("page/"))).toEqual([]);
    // A restart finds everything in order.
    await a.close();
    const again = await here.client(ada, { crypto, retention, storage: storage.reopen() });
    expect(await textsOf(again, conversation.id)).toEqual(["recent", "after"]);
    await c.close();
  });

  test("a reaction to what is forgotten goes when it is as old, and one to what is kept stays with it", async () => {
    here = world("reactions");
    const storage = memoryStorage();
    const a = await here.client(ada, { crypto, retention, storage });
    const b = await here.client(ben, { crypto });
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const old = await talk(conversation, b, "old");
    await pass(8 * day);
    expect(await textsOf(a, conversation.id)).toEqual([]);
    const recent = await talk(conversation, b, "recent");
    const kept = async () => (await recordsOf(storage)).filter((name) => name.includes("reaction/"));
    for (const { id } of [old, recent]) {
      const theirs = await b.conversation(conversation.id)?.message(id);
      await theirs?.reactions.add("+");
      await theirs?.reactions.add("-");
    }
    await here.until(async () => (await recent.reactions.all())[0]?.reaction === "-", "that ada has them");
    await pass(6 * day);
    expect((await recent.reactions.all()).map(({ reaction }) => reaction)).toEqual(["-"]);
    expect((await kept()).length).toBeGreaterThan(0);
    await pass(2 * day);
    expect(await textsOf(a, conversation.id)).toEqual([]);
    expect(await kept()).toEqual([]);
    await talk(conversation, b, "after");
    expect(here.errors).toEqual([]);
  });

  test("what a device keeps does not grow with the years", { timeout: 60_000 }, async () => {
    here = world("years");
    const storage = memoryStorage();
    const a = await here.client(ada, { crypto, retention, storage });
    const b = await here.client(ben, { crypto, retention });
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const counts: number[] = [];
    for (let week = 0; week < 5; week++) {
      for (let i = 0; i < 8; i++) await talk(conversation, b, `${week}.${i}`);
      await pass(8 * day);
      counts.push((await recordsOf(storage)).length);
    }
    expect(counts.at(-1)).toBeLessThanOrEqual(counts[1] as number);
    expect(await textsOf(a, conversation.id)).toEqual([]);
    await talk(conversation, b, "and on it goes");
  });

  test("a hold begins at once, and neither clock alone erases anything", async () => {
    here = world("hold");
    let isHeld = true;
    const ahead = manualClock(here.clock.now());
    const a = await here.client(ada, { crypto, retention: () => (isHeld ? undefined : 7 * day) });
    const b = await here.client(ben, { crypto, retention, clock: ahead });
    const conversation = await a.open({ members: [ben] });
    await here.until(() => {
      ahead.advance(50);
      return b.conversations().length === 1;
    });
    await conversation.send("kept");
    await here.until(async () => (await textsOf(b, conversation.id)).length === 1);
    // The clock of Ben's device runs away.
    for (let i = 0; i < 5; i++) {
      ahead.advance(10 * day);
      await here.settle();
    }
    expect(await textsOf(b, conversation.id)).toEqual(["kept"]);
    await pass(9 * day);
    expect(await textsOf(a, conversation.id)).toEqual(["kept"]);
    isHeld = false;
    await pass(2 * hour);
    expect(await textsOf(a, conversation.id)).toEqual([]);
  });

  test.each(["lost", "applied", "full"] as const)(
    "whichever write the power fails at (%s), all of a message is there or nothing",
    { timeout: 120_000 },
    async (outcome) => {
      const writes = await forgetAfterCrash({});
      for (let failAt = 1; failAt <= writes; failAt++) await forgetAfterCrash({ failAt, outcome });
      expect(writes).toBeGreaterThan(1);
    },
  );
});

/** Starts a device where everything is over, cuts its power as planned, and starts it once more. Returns its writes. */
async function forgetAfterCrash(plan: CrashPlan): Promise<number> {
  here = world(`power ${plan.outcome} ${plan.failAt}`);
  const storage = memoryStorage();
  const first = await here.client(ada, { crypto, storage });
  const b = await here.client(ben, { crypto });
  const conversation = await first.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  await talk(conversation, b, "one");
  await talk(conversation, b, "two");
  await pass(9 * day);
  await first.close();
  const rest = storage.reopen();
  const failing = crashingStorage(rest, plan);
  const cut = await here.client(ada, { crypto, retention, storage: failing }).catch(() => undefined);
  if (cut !== undefined) await pass(2 * hour);
  const { writes } = failing;
  await cut?.close();
  const again = await here.client(ada, { crypto, storage: rest.reopen() });
  for (const message of (await again.conversation(conversation.id)?.messages()) ?? []) {
    expect(await message.status()).toBe("acknowledged");
    expect((await again.conversation(conversation.id)?.evidence(message.id))?.length).toBeGreaterThan(0);
  }
  await again.close();
  const last = await here.client(ada, { crypto, retention, storage: rest.reopen().reopen() });
  await pass(2 * hour);
  expect(await textsOf(last, conversation.id)).toEqual([]);
  await talk(last.conversation(conversation.id) as Conversation, b, "after");
  await here.close();
  return writes;
}
