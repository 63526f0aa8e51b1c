import { memoryRelayStore } from "@readback/relay";
import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { IntegrityEvent } from "../../src/client/events.ts";
import { decodeForkProof, verifyForkProof } from "../../src/conversation/fork-proof.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import type { LogEntry } from "../../src/wire/entry.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { type Edit, LyingRelay, logKeysOf, logSuite } from "./lying-relay.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

let here: World;
afterEach(() => here.close());

/** Ada and Ben talk; between Ben and the relay stands something that holds the relay's key. */
async function scene(seed: string) {
  const store = memoryRelayStore();
  here = world(seed, { store });
  const keys = await logKeysOf(store);
  const relay = new LyingRelay(keys, () => here.clock.now());
  const network = interposedTransport(here.relay.transport(), relay);
  const storage = memoryStorage();
  const a = await here.client(ada);
  const b = await here.client(ben, { transport: network, storage });
  await here.until(() => b.connection === "online");
  const found: IntegrityEvent[] = [];
  const foundByAda: IntegrityEvent[] = [];
  a.on("integrity", (event) => void foundByAda.push(event));
  b.on("integrity", (event) => void found.push(event));
  const opened = a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  const toBen = await opened;
  const toAda = b.conversation(toBen.id) as Conversation;
  await toBen.send("before");
  await reads(b, toBen, "before");
  return { a, b, relay, network, storage, keys, found, foundByAda, toBen, toAda };
}

async function reads(client: Client, { id }: Conversation, text: string): Promise<void> {
  await here.until(async () => (await textsOf(client, id)).includes(text), `reading ${text}`);
  await here.settle();
}

const isMessage = ({ header }: LogEntry): boolean => header.kind === "application";

/** Edits only the next message. */
function once(edit: Edit): Edit {
  let isOver = false;
  return (entry, told) => {
    if (isOver || !isMessage(entry)) return [entry];
    isOver = true;
    return edit(entry, told);
  };
}

describe("a relay that shows a member another history", () => {
  test("is proved to have done so by the next message of somebody who was shown more", async () => {
    const { b, relay, storage, keys, found, foundByAda, toBen, toAda } = await scene("dropped");
    relay.edit = once(() => []);
    const one = await toBen.send("one");
    await here.until(async () => (await one.status()) !== "queued");
    await here.settle();
    expect(toAda.phase).toBe("active");
    await Promise.all([toBen.send("two"), toBen.send("three")]);
    await reads(b, toBen, "two");
    const [{ what, by, proof = new Uint8Array() }, ...more] = found as [IntegrityEvent, ...IntegrityEvent[]];
    const others = more.map((event) => event.what);
    expect([what, by, others]).toEqual(["forked", { person: ada, device: "phone" }, ["missing"]]);
    expect(verifyForkProof(logSuite, keys.publicKey, decodeForkProof(proof))).toBe(true);

    // Nothing is sent any more, what comes is still read, and all of that survives a restart.
    expect(toAda.phase).toBe("frozen");
    await expect(toAda.send("anybody there?")).rejects.toMatchObject({ code: "log-forked" });
    await expect(toAda.remove([ada])).rejects.toMatchObject({ code: "log-forked" });
    await reads(b, toBen, "three");
    // But for the proof: so the other side stops too.
    await here.until(() => toBen.phase === "frozen", "Ada hears of it");
    await here.settle();
    expect(foundByAda).toMatchObject([{ what: "forked", by: { person: ben, device: "phone" } }]);
    await b.close();
    const again = await here.client(ben, { storage: storage.reopen() });
    expect(again.conversations()[0]?.phase).toBe("frozen");
    expect(await again.conversations()[0]?.forkProof()).toEqual(proof);
  });

  test("does not make one message seem read that another one stands for there", async () => {
    const { a, relay, found, toBen, toAda } = await scene("shifted");
    relay.edit = once(() => []);
    await toBen.send("hidden from Ben");
    await here.settle();
    const [one, two] = await Promise.all([toAda.send("one"), toAda.send("two")]);
    await reads(a, toBen, "two");
    // The number that "one" has for Ada is that of "two" for Ben.
    const shown = (await toBen.messages()).find(({ text }) => text === "one");
    expect(shown?.seq).toBe((await toAda.message(two.id))?.seq);
    await shown?.markRead();
    await here.until(() => toAda.phase === "frozen", "Ben finds out");
    await here.settle();
    expect(found.map(({ what }) => what)).toContain("forked");
    expect([await one.status(), await two.status()]).toEqual(["sent", "sent"]);
  });

  test.each<[name: string, edit: Edit]>([
    [
      "with another time",
      ({ header, payload }) => [{ header: { ...header, acceptedAt: header.acceptedAt + 1 }, payload }],
    ],
    ["with an old one before it", (entry, told) => [...told.filter(isMessage).slice(-1), entry]],
  ])("is proved to have done so by the receipt for a message %s", async (name, edit) => {
    const { relay, keys, foundByAda, toBen } = await scene(name);
    relay.edit = once(edit);
    await toBen.send("one");
    await here.until(() => toBen.phase === "frozen");
    await here.settle();
    const [{ what, by, proof = new Uint8Array() }] = foundByAda as [IntegrityEvent];
    expect([what, by]).toEqual(["forked", { person: ben, device: "phone" }]);
    expect(verifyForkProof(logSuite, keys.publicKey, decodeForkProof(proof))).toBe(true);
  });

  test("by continuing an old log in another way is proved to have done so at once", async () => {
    const { b, relay, network, keys, found, toBen, toAda } = await scene("continued");
    await toBen.send("one");
    await reads(b, toBen, "one");
    const { length } = relay.told;
    relay.setBack(1);
    relay.add(relay.told.at(-1) as LogEntry);
    relay.push(network.last, length - 1);
    await here.until(() => toAda.phase === "frozen");
    await here.settle();
    const [{ what, by, proof = new Uint8Array() }] = found as [IntegrityEvent];
    expect([what, by]).toEqual(["forked", undefined]);
    expect(verifyForkProof(logSuite, keys.publicKey, decodeForkProof(proof))).toBe(true);
  });
});

describe("a relay whose log does not go on", () => {
  test.each<[what: string, name: string, edit: Edit]>([
    [
      "log-broken",
      "another relay's entry",
      ({ header, payload }) => [{ header: { ...header, relay: "other.example" }, payload }],
    ],
    [
      "log-broken",
      "a payload that is not the one named",
      ({ header }) => [{ header, payload: new Uint8Array(9) }],
    ],
    [
      "log-broken",
      "a message of another epoch",
      ({ header, payload }) => [{ header: { ...header, epoch: 0n }, payload }],
    ],
    [
      "log-broken",
      "a second beginning",
      ({ header, payload }) => [{ header: { ...header, kind: "create" }, payload }],
    ],
    [
      "misdated",
      "time that runs backwards",
      ({ header, payload }) => [{ header: { ...header, acceptedAt: 1 }, payload }],
    ],
  ])("is told as %s: %s", async (what, name, edit) => {
    const { b, relay, found, toBen, toAda } = await scene(name);
    const other = await here.client("cleo@mercy.example");
    relay.edit = once(edit);
    await toBen.send("one");
    await here.until(() => found.length > 0);
    expect(found.map((event) => event.what)).toEqual([what]);
    expect(await textsOf(b, toBen.id)).toEqual(["before"]);
    // No reconnecting for ever: the connection stays, and nothing is sent to a relay that does not show its log.
    expect(b.connection).toBe("online");
    const waiting = await toAda.send("still there?");
    await here.settle();
    expect(await waiting.status()).toBe("queued");
    expect(here.errors).toEqual([]);
    await other.close();
  });

  test("since it was set back is told, and nothing is sent", async () => {
    const { b, relay, found, toBen, toAda } = await scene("set back");
    await toBen.send("one");
    await reads(b, toBen, "one");
    relay.setBack(1);
    here.relay.cut();
    await here.until(() => found.length > 0);
    expect(found.map(({ what }) => what)).toEqual(["rolled-back"]);
    const waiting = await toAda.send("still there?");
    await here.settle();
    expect(await waiting.status()).toBe("queued");
    expect(toAda.phase).toBe("active");
  });

  test("since it has forgotten the conversation is told", async () => {
    const { relay, found } = await scene("forgotten");
    relay.answer = (message) => {
      if (message.type !== "answer") return undefined;
      const { answer } = message;
      if (answer.type === "subscribed") return [{ ...message, answer: { type: "subscribed", heads: [] } }];
      if (answer.type !== "entries") return undefined;
      return [{ ...message, answer: { type: "refused", code: "unknown-conversation" } }];
    };
    here.relay.cut();
    await here.until(() => found.length > 0);
    expect(found.map(({ what }) => what)).toEqual(["rolled-back"]);
  });

  test("may go on later: then everything is as before, on the same connection", async () => {
    const { b, relay, network, found, toBen, toAda } = await scene("repaired");
    relay.answer = (message) => {
      if (message.type !== "entry") return undefined;
      const head = { ...message.head, signature: new Uint8Array(70) };
      return [{ ...message, head }];
    };
    await toBen.send("one");
    await here.until(() => found.length > 0);
    expect(found.map(({ what }) => what)).toEqual(["log-broken"]);
    relay.answer = () => undefined;
    // The connection stays as it is: other conversations use it too.
    const connection = network.last;
    const waiting = await toAda.send("two");
    await reads(b, toBen, "one");
    await here.until(async () => (await waiting.status()) !== "queued");
    expect(network.last).toBe(connection);
    await here.until(() => toAda.freshness.current);
    expect(found).toHaveLength(1);
  });

  test.each<[name: string, entries: (told: readonly LogEntry[], after: number) => readonly LogEntry[]]>([
    ["an older one", (told) => told.slice(0, 2)],
    ["a later one", (told, after) => told.filter(({ header }) => header.seq > after + 1)],
  ])(
    "is told as log-broken, and not asked in a loop, where it shows another page: %s",
    async (name, show) => {
      const { b, relay, found, toBen, toAda } = await scene(name);
      let pages = 0;
      let after = 0;
      relay.answer = (message) => {
        if (message.type === "entry") return [];
        if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
        pages += 1;
        const entries = show(relay.told, after);
        const last = entries.at(-1)?.header;
        return last && [{ ...message, answer: { type: "entries", entries, head: relay.headOf(last) } }];
      };
      after = relay.told.at(-1)?.header.seq ?? 0;
      for (const text of ["one", "two"]) await toBen.send(text);
      await here.settle();
      here.clock.advance(30_000);
      await here.until(() => found.length > 0);
      expect(found.map(({ what }) => what)).toEqual(["log-broken"]);
      for (let i = 0; i < 600; i++) {
        here.clock.advance(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      // Six times in the first minute, then every half minute.
      expect(pages).toBeGreaterThan(15);
      expect(pages).toBeLessThan(30);
      expect(toAda.freshness.current).toBe(false);
      relay.answer = () => undefined;
      here.clock.advance(30_000);
      await reads(b, toBen, "two");
      expect(await textsOf(b, toBen.id)).toEqual(["before", "one", "two"]);
    },
  );
});
