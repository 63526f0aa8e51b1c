import { memoryRelayStore } from "@readback/relay";
import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { ErrorEvent } from "../../src/client/events.ts";
import { defaultCryptoProvider, withSuites } from "../../src/crypto.ts";
import { experimentalMlKem768P256Suite as hybrid } from "../../src/experimental.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { isLastResort } from "../../src/mls/extension.ts";
import { decodeKeyPackage } from "../../src/mls/key-package.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { memoizedCrypto } from "./memoized-crypto.ts";
import { copyOf } from "./store-copy.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const day = 86_400_000;
const crypto = memoizedCrypto();
const limits = { claims: { burst: 1_000, perMinute: 1_000 } };

let here: World;
let store: ReturnType<typeof memoryRelayStore>;
afterEach(() => here.close());

function begin(seed: string): void {
  store = memoryRelayStore();
  here = world(seed, { store, limits });
}

async function passAMinute(): Promise<void> {
  for (let second = 0; second < 60; second++) {
    here.clock.advance(1_000);
    await here.settle();
  }
}

/** Takes key packages of Ben's, and returns whether each was the one of last resort. */
async function take(count: number): Promise<boolean[]> {
  const taken: boolean[] = [];
  for (let i = 0; i < count; i++) {
    const claim = { suite: 2, persons: [ben], except: new Set<string>(), now: here.clock.now(), maximum: 10 };
    const bytes = (await store.claim(claim))?.[0]?.devices[0]?.keyPackage as Uint8Array;
    taken.push(isLastResort(decodeKeyPackage(bytes).extensions));
  }
  return taken;
}

describe("key packages", () => {
  test("are filled up while the device is online", async () => {
    begin("stock");
    const a = await here.client(ada, { crypto });
    const b = await here.client(ben, { crypto });
    // More than were published at login.
    for (let i = 0; i < 50; i++) {
      await a.open({ members: [ben], subject: `Bed ${i}` });
      await here.settle();
    }
    await here.until(() => b.conversations().length === 50, "that ben has joined them all");
    expect(await take(1)).toEqual([false]);
    expect(here.errors).toEqual([]);
  });

  test("are not filled up without end: never more than are wanted", async () => {
    begin("bound");
    const a = await here.client(ada, { crypto });
    await here.client(ben, { crypto });
    for (let i = 0; i < 15; i++) {
      await a.open({ members: [ben], subject: `Bed ${i}` });
      await here.settle();
    }
    const taken = await take(40);
    expect(taken.indexOf(true)).toBeGreaterThanOrEqual(10);
    expect(taken.indexOf(true)).toBeLessThanOrEqual(20);
  });

  test("that ran out while the device was away are filled up when it is back", async () => {
    begin("away");
    await here.client(ada, { crypto });
    const disk = memoryStorage();
    const b = await here.client(ben, { crypto, storage: disk });
    await b.close();
    expect((await take(22)).filter((last) => last)).toHaveLength(2);
    await here.client(ben, { crypto, storage: disk.reopen() });
    expect(await take(1)).toEqual([false]);
  });

  test("are all replaced where the relay holds one that the device, put back to an older copy, does not have", async () => {
    begin("put back");
    const a = await here.client(ada, { crypto });
    const disk = memoryStorage();
    const b = await here.client(ben, { crypto, storage: disk });
    const copy = await copyOf(disk);
    // Those that the copy has are all used up, and others have come.
    await take(20);
    await b.close();
    await (await here.client(ben, { crypto, storage: disk.reopen() })).close();
    const again = await here.client(ben, { crypto, storage: copy });
    await a.open({ members: [ben] });
    await here.until(() => again.conversations().length === 1, "that ben has joined");
    expect(here.errors).toEqual([]);
  });

  test("are replaced by the first that the relay takes, where it does not take those of another suite", async () => {
    store = memoryRelayStore();
    const crypto = withSuites(defaultCryptoProvider(), hybrid);
    here = world("replaced later", { store, limits, crypto });
    const storage = memoryStorage();
    const options = { crypto, suites: [2, hybrid.id] };
    const first = await here.client(ben, { ...options, storage });
    await first.close();
    // A device that was put back to before it had published anything.
    const old = storage.reopen();
    for (const { key } of await old.list("key-package")) await old.write([{ remove: key }]);
    await old.close();
    const published: boolean[] = [];
    let isFull = true;
    const between: Parameters<typeof interposedTransport>[1] = {
      fromClient(message, connection) {
        if (message.type !== "request" || message.request.type !== "publish") return undefined;
        published.push(message.request.replaces);
        if (!isFull) return undefined;
        isFull = false;
        connection.tell({
          type: "answer",
          id: message.id,
          answer: { type: "refused", code: "unavailable" },
        });
        return "lost";
      },
    };
    const transport = interposedTransport(here.relay.transport(), between);
    const second = await here.client(ben, { ...options, transport, storage: storage.reopen() });
    await second.online();
    // The first was turned down: what the second brings takes the place of all that is there.
    expect(published).toEqual([true, true]);
    expect(here.errors.map(({ code }) => code)).toEqual(["relay-busy"]);
  });

  test("are wanted in vain where the Welcome is lost: the device tells, and others can add it again", async () => {
    begin("lost welcome");
    const a = await here.client(ada, { crypto });
    const disk = memoryStorage();
    const b = await here.client(ben, { crypto, storage: disk });
    const copy = await copyOf(disk);
    const { id } = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1, "that ben has joined");
    await here.settle();
    await b.close();
    // The copy knows nothing of it, and the Welcome was used.
    const told: unknown[] = [];
    const again = await here.client(ben, { crypto, storage: copy });
    again.on("error", ({ error }) => void told.push(error.code));
    await passAMinute();
    expect(told).toEqual(["welcome-lost"]);
    await a.conversation(id)?.remove([ben]);
    await a.conversation(id)?.add([ben]);
    await here.until(() => again.conversation(id)?.phase === "active", "that ben is in");
    await passAMinute();
    expect(told).toEqual(["welcome-lost"]);
  });

  test("are wanted in vain too where a device that was put back reads that it was removed, and not that it was added", async () => {
    begin("lost welcome of one who left");
    const a = await here.client(ada, { crypto });
    const disk = memoryStorage();
    const b = await here.client(ben, { crypto, storage: disk });
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1, "that ben has joined");
    await here.settle();
    const copy = await copyOf(disk);
    await conversation.remove([ben]);
    await conversation.add([ben]);
    await here.until(() => b.conversation(conversation.id)?.phase === "active", "that ben is in again");
    await here.settle();
    await b.close();
    const told: unknown[] = [];
    const again = await here.client(ben, { crypto, storage: copy });
    const tell = ({ error, conversation }: ErrorEvent) => void told.push([error.code, conversation?.phase]);
    again.on("error", tell);
    again.conversation(conversation.id)?.on("error", tell);
    await passAMinute();
    // The client hears the events of all its conversations, and a conversation its own.
    expect(told).toEqual([
      ["welcome-lost", "left"],
      ["welcome-lost", "left"],
    ]);
  });

  test("fill no disk, however often the relay says that it has none", async () => {
    begin("forgetful");
    const disk = memoryStorage();
    for (let i = 0; i < 30; i++) {
      const b = await here.client(ben, { crypto, storage: i === 0 ? disk : disk.reopen() });
      await take(21);
      await b.close();
    }
    const stored = await disk.reopen().list("key-package");
    expect(stored.length).toBeLessThanOrEqual(500);
    expect(stored.length).toBeGreaterThan(480);
  });
});

test("key packages say that their device supports what means nothing, so that nobody comes to refuse it", async () => {
  begin("grease");
  await here.client(ben, { crypto });
  const claim = { suite: 2, persons: [ben], except: new Set<string>(), now: here.clock.now(), maximum: 10 };
  const bytes = (await store.claim(claim))?.[0]?.devices[0]?.keyPackage as Uint8Array;
  const { capabilities } = decodeKeyPackage(bytes).leafNode;
  for (const list of ["cipherSuites", "extensions", "proposals", "credentials"] as const) {
    expect(capabilities[list].filter((value) => (value & 0x0f0f) === 0x0a0a)).toHaveLength(1);
  }
});

describe.each([
  ["behind", -day],
  ["ahead", day],
])("a device whose clock is a day %s", (_name, off) => {
  /** A clock that shows another time than the world's, and goes as it does. */
  function wrong(clock: ManualClock): ManualClock {
    const inner = manualClock(clock.now() + off);
    return {
      ...inner,
      now: () => clock.now() + off,
      wake: (at, run) => clock.wake(at - off, run),
    };
  }

  test("can be added, and can add", async () => {
    begin("clock");
    const a = await here.client(ada, { crypto });
    const b = await here.client(ben, { crypto, clock: wrong(here.clock) });
    const c = await here.client("cleo@mercy.example", { crypto });
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1, "that ben has joined");
    await b.conversation(conversation.id)?.add(["cleo@mercy.example"]);
    await here.until(() => c.conversations().length === 1, "that cleo has joined");
    const theirs = await b.open({ members: [ada], subject: "opened by ben" });
    await theirs.send("from ben");
    const arrived = async (client: Client) => (await textsOf(client, theirs.id)).includes("from ben");
    await here.until(() => arrived(a), "that it has arrived");
    expect(here.errors).toEqual([]);
  });
});
