import { memoryRelayStore } from "@readback/relay";
import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import { fromHex } from "../../src/codec/hex.ts";
import { maximumExceptions } from "../../src/conversation/receipt-content.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { mostGenerationsAhead } from "../../src/mls/sender-ratchet.ts";
import { crashingStorage } from "../../src/testing/crashing-storage.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const [hour, day] = [3_600_000, 86_400_000];

let here: World;
afterEach(() => here.close());

/** Ada and Ben have talked; Ben is away, and what is said meanwhile is pruned once he has been away for a day. */
async function away(seed: string, options: { persons?: readonly string[] } = {}) {
  const store = memoryRelayStore();
  const many = { burst: 1_000_000, perMinute: 1_000_000 };
  here = world(seed, {
    store,
    retention: day,
    limits: { sends: many, requests: many, handshakes: many, claims: many },
  });
  const storage = memoryStorage();
  const a = await here.client(ada);
  const b = await here.client(ben, { storage });
  for (const person of options.persons ?? []) await here.client(person);
  const opened = a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  const toBen = await opened;
  await toBen.send("before");
  await here.until(async () => (await shownTo(b, toBen)).includes("before"));
  await here.settle();
  await b.close();
  const log = async () => {
    const range = { conversation: fromHex(toBen.id), device: `${ada}/phone`, after: 0 };
    const page = await store.readLog({ ...range, maximumEntries: 10_000, maximumBytes: 10_000_000 });
    return page?.entries ?? [];
  };
  const say = async (...texts: string[]): Promise<void> => {
    for (const text of texts) await toBen.send(text);
    await here.until(async () => (await toBen.messages()).every(({ seq }) => seq !== undefined), "all sent");
  };
  /** Everything that was said so far is pruned. */
  const forget = async (): Promise<void> => {
    for (const time of [day, hour, hour]) {
      here.clock.advance(time);
      await here.settle();
    }
    expect((await log()).filter(({ payload }) => payload === undefined)).not.toEqual([]);
    await here.until(() => a.connection === "online");
  };
  const back = async (found: string[] = []): Promise<Client> => {
    // With a transport it is handed out before it is online, so nothing that it finds is missed.
    const again = await here.client(ben, { storage: storage.reopen(), transport: here.relay.transport() });
    again.on("integrity", ({ what }) => void found.push(what));
    return again;
  };
  return { a, toBen, storage, log, say, forget, back };
}

/** What a client shows; where it is a gap, why. */
async function shownTo(client: Client, { id }: Conversation): Promise<string[]> {
  const messages = (await client.conversation(id)?.messages({ limit: 10_000 })) ?? [];
  return messages.map(({ text, problem }) => problem ?? text);
}

/** The newest message of a client's own that says this. */
async function statusOf(conversation: Conversation, text: string): Promise<string | undefined> {
  const messages = await conversation.messages({ limit: 10_000 });
  return messages.find((message) => message.text === text)?.status();
}

describe("a device that comes back when the relay has pruned what was said", () => {
  test("shows a gap with its reason, reads on, and claims to hold nothing that it does not", async () => {
    const { toBen, log, say, forget, back } = await away("pruned");
    await say("one", "two");
    await forget();
    await say("three");
    const found: string[] = [];
    const b = await back(found);
    await here.until(async () => (await statusOf(toBen, "three")) === "delivered");
    expect(await shownTo(b, toBen)).toEqual(["before", "pruned", "pruned", "three"]);
    await here.until(async () => (await statusOf(toBen, "one")) === "unreadable");
    expect(await statusOf(toBen, "two")).toBe("unreadable");
    // One line for the whole stretch.
    expect(here.errors.map(({ code }) => code)).toEqual(["pruned"]);
    expect(found).toEqual([]);
    // Before it says anything it has taken fresh keys: what was pruned could have been its own.
    const said = (await log()).slice((await log()).findLastIndex(({ header }) => header.kind === "commit"));
    expect(said[0]?.header).toMatchObject({ kind: "commit", epoch: 1n });
    expect(said.slice(1).every(({ header }) => header.epoch === 2n)).toBe(true);
    await b.conversation(toBen.id)?.send("ben is back");
    await here.until(async () => (await shownTo(b, toBen)).at(-1) === "ben is back");
    await toBen.send("welcome back");
    await here.until(async () => (await statusOf(toBen, "welcome back")) === "delivered");
  });

  test("says what it has to as soon as the relay takes its fresh keys, and does not put them off", async () => {
    const { toBen, storage, say, forget } = await away("limited");
    await say("one");
    await forget();
    let refused = 0;
    const limited = interposedTransport(here.relay.transport(), {
      fromClient(message, connection) {
        const request = message.type === "request" ? message.request : undefined;
        if (message.type !== "request" || request?.type !== "append" || request.kind !== "commit")
          return undefined;
        if (refused === 3) return undefined;
        refused += 1;
        connection.tell({
          type: "answer",
          id: message.id,
          answer: { type: "refused", code: "rate-limited" },
        });
        return "lost";
      },
    });
    const b = await here.client(ben, { storage: storage.reopen(), transport: limited });
    await here.until(async () => (await shownTo(b, toBen)).includes("pruned"));
    const before = here.clock.now();
    await b.conversation(toBen.id)?.send("ben is back");
    await here.until(async () => (await shownTo(b, toBen)).at(-1) === "ben is back");
    await here.until(async () => (await toBen.messages()).at(-1)?.text === "ben is back");
    expect(refused).toBe(3);
    expect(here.clock.now() - before).toBeLessThan(10_000);
  });

  test("reads on across more messages of one epoch than a message may usually be ahead", async () => {
    const { toBen, say, forget, back } = await away("long jump");
    await say(...Array.from({ length: mostGenerationsAhead + 100 }, (_, i) => `${i}`));
    await forget();
    await say("after");
    const b = await back();
    await here.until(async () => (await shownTo(b, toBen)).at(-1) === "after");
  });

  test("takes its place anew where more is gone than a receipt can except", async () => {
    const { toBen, log, say, forget, back } = await away("many gaps");
    await say(...Array.from({ length: maximumExceptions + 1 }, (_, i) => `${i}`));
    await forget();
    await say("after");
    const b = await back();
    await here.until(async () => (await shownTo(b, toBen)).at(-1) === "after");
    const isMember = () => b.conversation(toBen.id)?.phase === "active";
    await here.until(async () => isMember() && (await log()).at(-1)?.header.kind !== "application");
    await toBen.send("new");
    await here.until(async () => (await statusOf(toBen, "new")) === "delivered");
    await here.settle();
    const since = (await log()).slice((await log()).findLastIndex(({ header }) => header.kind === "commit"));
    // What it has missed, as one stretch, and what it holds.
    expect(since.filter(({ header }) => header.kind === "receipt")).toHaveLength(2);
    // Of what came before its new place it does not say that it holds it.
    for (const text of ["0", "100", "after"]) expect(await statusOf(toBen, text)).toBe("sent");
    expect(await statusOf(toBen, `${maximumExceptions}`)).toBe("unreadable");
  });

  test("follows the changes of members in between, which are never pruned", async () => {
    const { toBen, log, say, forget, back } = await away("members", { persons: [cleo] });
    for (let i = 0; i < 40; i++) {
      await toBen.add([cleo]);
      await say(`with cleo ${i}`);
      await toBen.remove([cleo]);
    }
    expect((await log()).filter(({ header }) => header.kind === "commit").length).toBeGreaterThan(80);
    await forget();
    await say("after");
    const b = await back();
    await here.until(async () => (await shownTo(b, toBen)).at(-1) === "after");
    await here.until(async () => (await statusOf(toBen, "after")) === "delivered");
    const members = b.conversation(toBen.id)?.members() ?? [];
    expect(members.map(({ person }) => person).sort()).toEqual([ada, ben]);
  });

  test.each(["lost", "applied"] as const)(
    "does so whichever write the power fails at: %s",
    async (outcome) => {
      let writes = Number.POSITIVE_INFINITY;
      for (let failAt = 2; failAt <= writes; failAt++) {
        const { toBen, storage, say, forget } = await away(`power ${outcome} ${failAt}`);
        await say("one");
        await forget();
        await say("two");
        const rest = storage.reopen();
        const failing = crashingStorage(rest, { failAt, outcome });
        const cut = await here.client(ben, { storage: failing, transport: here.relay.transport() });
        const isDelivered = async () => (await statusOf(toBen, "two")) === "delivered";
        await here.until(async () => failing.crashed || (await isDelivered()), "the crash, or the end");
        await here.settle();
        if (!failing.crashed) writes = failing.writes;
        await cut.close();
        const b = await here.client(ben, { storage: rest.reopen() });
        await here.until(isDelivered);
        expect(await shownTo(b, toBen)).toEqual(["before", "pruned", "two"]);
        await b.conversation(toBen.id)?.send("three");
        await here.until(async () => (await shownTo(b, toBen)).at(-1) === "three");
        await here.until(async () => (await statusOf(toBen, "one")) === "unreadable");
        await here.close();
      }
      expect(writes).toBeGreaterThan(3);
    },
  );
});

test("a relay that keeps a payload back which is too young to be pruned is told of", async () => {
  here = world("too young");
  const network = interposedTransport(here.relay.transport(), {
    fromRelay(message) {
      if (message.type !== "entry" || message.entry.header.kind !== "application") return undefined;
      return [{ ...message, entry: { ...message.entry, payload: undefined } }];
    },
  });
  const a = await here.client(ada);
  const b = await here.client(ben, { transport: network });
  await here.until(() => b.connection === "online");
  const found: string[] = [];
  b.on("integrity", ({ what }) => void found.push(what));
  const opened = a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  const toBen = await opened;
  await toBen.send("Potassium 6.8");
  await here.until(() => found.length > 0);
  expect(found).toEqual(["withheld"]);
  expect(await shownTo(b, toBen)).toEqual(["pruned"]);
});
