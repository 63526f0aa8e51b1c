import { type Answer, encodeClientMessage, ReadbackError, type Request } from "@readback/core/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GroupCache } from "../src/group-cache.ts";
import type { LogGroup } from "../src/handshakes.ts";
import { memoryRelayStore } from "../src/memory-relay-store.ts";
import type { RelayStore } from "../src/relay-store.ts";
import { Device, farAhead } from "./device.ts";
import { alone, type Member, makeConversation } from "./member.ts";
import { makeWorld } from "./world.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const refusal = (code: string) => ({ type: "refused", code });

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** A store whose next appends can be held back after they happened, or fail. */
function troubledStore() {
  const store = memoryRelayStore();
  let release = (): void => {};
  let gate: Promise<void> | undefined;
  let failing = false;
  const append: RelayStore["append"] = async (submission, decide) => {
    if (failing) throw new ReadbackError("storage-full", "There is no room left.");
    const answer = await store.append(submission, decide);
    await gate;
    return answer;
  };
  return {
    store: { ...store, append },
    hold() {
      gate = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => {
      gate = undefined;
      release();
    },
    fail: (now: boolean) => {
      failing = now;
    },
  };
}

describe("a store in trouble", () => {
  test("is waited for: no answer and no push says what is not durable", async () => {
    const trouble = troubledStore();
    const world = await makeWorld({ store: trouble.store });
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    for (const { device } of [a, b]) await device.request({ type: "subscribe", inboxAfter: farAhead });
    trouble.hold();
    const answers: Answer[] = [];
    const says = ["one", "two"].map((text) => a.say(text).then((answer) => answers.push(answer)));
    await settle();
    expect([answers, a.device.pushes, b.device.pushes]).toEqual([[], [], []]);
    trouble.release();
    await Promise.all(says);
    expect(answers).toMatchObject([{ seq: 3 }, { seq: 4 }]);
    expect(await b.device.next()).toMatchObject({ type: "entry", entry: { header: { seq: 3 } } });
    expect(await b.device.next()).toMatchObject({ type: "entry", entry: { header: { seq: 4 } } });
  });

  test("does not let a device's questions overtake what it has said", async () => {
    const trouble = troubledStore();
    const [a] = (await makeConversation(await makeWorld({ store: trouble.store }), ada)) as [Member];
    trouble.hold();
    const order: string[] = [];
    const both = [
      a.say("first").then(() => order.push("said")),
      a.fetch(0).then(() => order.push("fetched")),
    ];
    await settle();
    expect(order).toEqual([]);
    trouble.release();
    await Promise.all(both);
    expect(order).toEqual(["said", "fetched"]);
  });

  test("makes a request fail, not the connection, and is no news to the log of operators but by its code", async () => {
    const trouble = troubledStore();
    const world = await makeWorld({ store: trouble.store });
    const [a] = (await makeConversation(world, ada)) as [Member];
    trouble.fail(true);
    expect(await a.say("canary")).toEqual(refusal("unavailable"));
    expect(await a.commit()).toEqual(refusal("unavailable"));
    trouble.fail(false);
    expect(await a.say("again")).toMatchObject({ type: "appended", seq: 2 });
    expect(world.log.join()).toContain("storage-full");
    expect(world.log.join()).not.toMatch(/canary|mercy/);
  });

  test("is given up when a closing relay has waited long enough", async () => {
    const trouble = troubledStore();
    const world = await makeWorld({ store: trouble.store });
    const [a] = (await makeConversation(world, ada)) as [Member];
    trouble.hold();
    a.say("lost in a store").catch(() => {});
    await settle();
    const closing = world.relay.close();
    world.clock.advance(5_000);
    await a.device.wire.closed;
    trouble.release();
    await closing;
  });
});

describe("handshakes at the same time", () => {
  test("a commit is judged anew when a proposal came first", async () => {
    const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
    const stranger = new Device(a.device.world, "cy@clinic.example/phone");
    await stranger.logIn();
    const { keyPackage } = stranger.keyPackage();
    // The proposal takes nothing from the commit, which only has to be judged by what is there now.
    const answers = await Promise.all([b.propose({ type: "add", keyPackage }), a.commit()]);
    expect(answers).toMatchObject([
      { type: "appended", seq: 3 },
      { type: "appended", seq: 4 },
    ]);
  });

  test("a commit is refused when a removal was proposed first", async () => {
    const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
    const answers = await Promise.all([b.propose({ type: "remove", removed: b.leaf }), a.commit()]);
    expect(answers).toMatchObject([{ type: "appended", seq: 3 }, refusal("missing-proposals")]);
  });
});

describe("whatever bytes come", () => {
  test("a request is answered or ends its connection, and is never a surprise", async () => {
    const limits = { requests: { burst: 1e9, perMinute: 1e9 }, creations: { burst: 1e9, perMinute: 1e9 } };
    const world = await makeWorld({ limits: { ...limits, handshakes: { burst: 1e9, perMinute: 1e9 } } });
    const [a] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const { conversation, group } = a;
    const staged = a.stage();
    const requests: Request[] = [
      {
        type: "publish",
        replaces: false,
        keyPackages: [a.device.keyPackage().bytes],
        lastResort: a.device.keyPackage(true).bytes,
      },
      { type: "claim", suite: 2, persons: [ben], except: [ada] },
      { ...alone, conversation: world.random(32), payload: a.found() },
      {
        type: "append",
        conversation,
        kind: "commit",
        epoch: group.epoch,
        payload: staged.commit,
        welcome: undefined,
        groupInfo: staged.groupInfo,
      },
      { type: "fetch", conversation, after: 0, limit: 9 },
      { type: "subscribe", inboxAfter: 0 },
      { type: "acknowledge-inbox", upTo: 3 },
    ];
    const bytes = requests.map((request, id) => encodeClientMessage({ type: "request", id, request }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bytes),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 3 }),
        fc.option(fc.nat()),
        async (good, flips, cut) => {
          const bad = good.slice();
          for (const [at, mask] of flips) bad[at % bad.length] = (bad[at % bad.length] as number) ^ mask;
          if (a.device.wire.isClosed) await a.device.logIn();
          a.device.send(cut === null ? bad : bad.slice(0, cut % bad.length));
          await settle();
        },
      ),
      { numRuns: 1_500, seed: 7 },
    );
    expect(world.log.filter((line) => line.includes("unexpected"))).toEqual([]);
    if (a.device.wire.isClosed) await a.device.logIn();
    expect((await a.fetch(0)).entries.length).toBeGreaterThan(1);
  });
});

describe("the cache of groups", () => {
  const groupOf = (size: number) => {
    const devices = new Map(Array.from({ length: size }, (_, leaf) => [leaf, `${leaf}`]));
    return { handshakeSeq: size, group: { devices } as unknown as LogGroup };
  };

  test("lets go of what was not used for longest, and keeps what is larger than it", () => {
    const cache = new GroupCache();
    for (const name of ["a", "b", "c"]) cache.put(name, groupOf(15_000));
    expect(cache.get("a")?.handshakeSeq).toBe(15_000);
    cache.put("d", groupOf(15_000));
    expect(["a", "b", "c", "d"].filter((name) => cache.get(name) !== undefined)).toEqual(["a", "c", "d"]);
    cache.put("d", groupOf(20));
    cache.put("e", groupOf(15_000));
    expect(["a", "c", "d", "e"].every((name) => cache.get(name) !== undefined)).toBe(true);
    cache.put("f", groupOf(60_000));
    expect(["a", "c", "d", "e", "f"].filter((name) => cache.get(name) !== undefined)).toEqual(["f"]);
  });
});
