import { afterEach, describe, expect, test } from "vitest";
import type { Message } from "../../src/client/message.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { unsteadyTransport } from "../../src/testing/unsteady-transport.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

let here: World;
afterEach(() => here.close());

describe("without a network", () => {
  test("sending is durable at once and arrives, in order and once, when the network is back", async () => {
    here = world("offline");
    const network = unsteadyTransport(here.relay.transport());
    const a = await here.client(ada, { transport: network });
    const b = await here.client(ben);
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const conversation = await opened;
    await network.down();
    await here.settle();
    expect(a.connection).toBe("offline");
    const messages: Message[] = [];
    for (let i = 0; i < 150; i++) messages.push(await conversation.send(`message ${i}`));
    expect(await messages[0]?.status()).toBe("queued");
    expect((await conversation.messages()).filter(({ seq }) => seq === undefined).length).toBe(150);
    let arrived = 0;
    b.on("message", () => void arrived++);
    network.up();
    await here.until(() => arrived === 150, "arrival");
    expect(await textsOf(b, conversation.id)).toEqual(messages.map(({ text }) => text));
    await here.until(async () => (await messages[149]?.status()) === "delivered", "receipts");
    expect(await textsOf(a, conversation.id)).toEqual(await textsOf(b, conversation.id));
  });

  test("a clock that is set back holds no receipts back", async () => {
    here = world("set back");
    const clock = manualClock();
    const a = await here.client(ada);
    const b = await here.client(ben, { clock });
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const conversation = await opened;
    const first = await conversation.send("Potassium 6.8");
    await here.until(async () => (await first.status()) === "delivered", "the first receipt");
    clock.advance(1_000);
    clock.jump(clock.now() - 86_400_000);
    const second = await conversation.send("Bed 12");
    await here.until(async () => {
      clock.advance(100);
      return (await second.status()) === "delivered";
    }, "the second receipt");
    expect(here.errors).toEqual([]);
  });

  test("the next attempts come later and later, and a success starts over", async () => {
    here = world("backoff");
    const network = unsteadyTransport(here.relay.transport());
    const a = await here.client(ada, { transport: network });
    await here.until(() => a.connection === "online");
    await network.down();
    await here.settle();
    const times: number[] = [];
    for (let attempts = network.attempts; times.length < 12; ) {
      here.clock.advance(100);
      await here.settle();
      if (network.attempts > attempts) times.push(here.clock.now());
      attempts = network.attempts;
    }
    const gaps = times.slice(1).map((at, i) => at - (times[i] as number));
    // Full jitter makes single gaps short; never longer than the bound, and later ones longer on the whole.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_100);
    const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0);
    expect(sum(gaps.slice(-5))).toBeGreaterThan(sum(gaps.slice(0, 5)));
    network.up();
    await here.until(() => {
      here.clock.advance(100);
      return a.connection === "online";
    });
    await network.down();
    network.up();
    const lost = here.clock.now();
    await here.until(() => a.connection === "online");
    expect(here.clock.now() - lost).toBeLessThanOrEqual(1_100);
  });

  test("a client that was closed goes on from its store", async () => {
    here = world("restart");
    const storage = memoryStorage();
    const a = await here.client(ada, { storage });
    const b = await here.client(ben);
    const opened = a.open({ members: [ben], subject: "Bed 7" });
    await here.until(() => b.conversations().length === 1);
    const conversation = await opened;
    await conversation.send("before");
    await here.until(async () => (await textsOf(b, conversation.id)).length === 1);
    await a.close();
    await expect(conversation.send("closed")).rejects.toMatchObject({ code: "closed" });
    await b.conversation(conversation.id)?.send("while you were away");
    const again = await here.client(ada, { storage: storage.reopen() });
    expect(again.conversation(conversation.id)?.subject).toBe("Bed 7");
    await here.until(async () => (await textsOf(again, conversation.id)).length === 2);
    await again.conversation(conversation.id)?.send("after");
    await here.until(async () => (await textsOf(b, conversation.id)).length === 3);
    expect(await textsOf(b, conversation.id)).toEqual(["before", "while you were away", "after"]);
    expect(await textsOf(again, conversation.id)).toEqual(["before", "while you were away", "after"]);
  });
});
