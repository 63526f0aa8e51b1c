import { encodeClientMessage, hex, type Request } from "@readback/core/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sqliteRelayStore } from "../src/sqlite.ts";
import type { Device } from "./device.ts";
import { logInAll, Member, makeConversation } from "./member.ts";
import { makeWorld, type World } from "./world.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const eve = "eve@mercy.example/phone";
const unlimited = { burst: 1e9, perMinute: 1e9 };
const limits = { sends: unlimited, requests: unlimited, handshakes: unlimited, creations: unlimited };

async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

/** One good message of every kind from a member, none of them sent yet. */
async function goodMessages(world: World, member: Member): Promise<Uint8Array[]> {
  const { conversation, device } = member;
  const [dan] = (await logInAll(world, "dan@lukes.example/phone")) as [Device];
  const invited = await new Member(dan, conversation).invitation();
  const staged = member.stage([invited]);
  const other = new Member(device, world.random(32));
  const append = { type: "append", conversation, epoch: member.group.epoch } as const;
  const nothing = { welcome: undefined, groupInfo: undefined };
  const requests: Request[] = [
    {
      type: "publish",
      replaces: false,
      keyPackages: [device.keyPackage().bytes],
      lastResort: device.keyPackage(true).bytes,
    },
    { type: "claim", suite: 2, persons: ["ben@lukes.example"], except: [ben] },
    { ...nothing, type: "create", conversation: other.conversation, epoch: 0n, payload: other.found() },
    { ...append, ...nothing, kind: "application", payload: member.encrypt("K 6.8") },
    { ...append, ...nothing, kind: "receipt", payload: member.encrypt("read") },
    {
      ...append,
      kind: "commit",
      payload: staged.commit,
      welcome: staged.welcome,
      groupInfo: staged.groupInfo,
    },
    { type: "fetch", conversation, after: 0, limit: 9 },
    { type: "subscribe", inboxAfter: 0 },
    { type: "acknowledge-inbox", upTo: 1 },
  ];
  return requests.map((request, id) => encodeClientMessage({ type: "request", id: 1_000 + id, request }));
}

/** What an attacker makes of a good message. */
type Damage =
  | { readonly type: "flip"; readonly at: number; readonly bits: number }
  | { readonly type: "cut"; readonly at: number }
  | { readonly type: "repeat"; readonly at: number; readonly length: number }
  | { readonly type: "splice"; readonly at: number; readonly other: number };

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ type: fc.constant("flip" as const), at: place, bits: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ type: fc.constant("cut" as const), at: place }),
  fc.record({
    type: fc.constant("repeat" as const),
    at: place,
    length: fc.integer({ min: 1, max: 500 }),
  }),
  fc.record({ type: fc.constant("splice" as const), at: place, other: place }),
);

function damaged(messages: readonly Uint8Array[], index: number, how: Damage): Uint8Array {
  const good = messages[index] as Uint8Array;
  const at = Math.floor(how.at * good.length);
  switch (how.type) {
    case "flip":
      return good.map((byte, position) => (position === at ? byte ^ how.bits : byte));
    case "cut":
      return good.slice(0, at);
    case "repeat":
      return Uint8Array.of(...good.slice(0, at + how.length), ...good.slice(at));
    case "splice": {
      const other = messages[Math.floor(how.other * messages.length)] as Uint8Array;
      return Uint8Array.of(...good.slice(0, at), ...other.slice(at));
    }
  }
}

describe("damaged requests", () => {
  test("end their connection or get an answer, are nothing that the relay did not expect, and harm nobody", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(8), damage), { minLength: 1, maxLength: 12 }),
        async (attempts) => {
          const world = await makeWorld({ limits });
          const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
          const messages = await goodMessages(world, a);
          const before = await b.fetch(1);
          for (const [index, how] of attempts) {
            const bytes = damaged(messages, index, how);
            if (a.device.wire.isClosed) await a.device.logIn();
            a.device.send(bytes);
            await settle();
          }
          // Whatever it was, the relay has judged it: it failed nowhere inside.
          expect(world.log.filter((line) => /request-failed|unexpected/.test(line))).toEqual([]);
          // The log is what it was, with nothing in between or before.
          const after = await b.fetch(1);
          expect(after.entries.slice(0, before.entries.length)).toEqual(before.entries);
          expect(after.head.seq).toBe(1 + after.entries.length);
          // And everybody is served as ever.
          if (after.entries.every(({ header }) => header.kind !== "commit" || header.seq === 2)) {
            expect(await b.say("still here")).toMatchObject({ seq: after.head.seq + 1 });
          }
          if (a.device.wire.isClosed) await a.device.logIn();
          expect(await a.device.request({ type: "acknowledge-inbox", upTo: 0 })).toEqual({ type: "done" });
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  test("of others, replayed by somebody else, get them nothing", async () => {
    const world = await makeWorld({ limits });
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const [stranger] = (await logInAll(world, eve)) as [Device];
    const stolen = await goodMessages(world, a);
    const before = await b.fetch(1);
    for (const message of stolen) {
      if (stranger.wire.isClosed) await stranger.logIn();
      stranger.send(message);
      await settle();
    }
    expect(await b.fetch(1)).toMatchObject({ entries: before.entries });
    expect(await world.store.readableLogs(eve)).toEqual([]);
    // The same bytes from whom they belong to are still good.
    for (const message of stolen.slice(3, 4)) a.device.send(message);
    await settle();
    expect((await b.fetch(2)).entries.map(({ header }) => header.kind)).toEqual(["application"]);
  });

  test("sent twice are answered twice and done once", async () => {
    const world = await makeWorld({ limits });
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const payload = a.encrypt("once");
    const append = {
      type: "append",
      conversation: a.conversation,
      kind: "application",
      epoch: a.group.epoch,
      payload,
      welcome: undefined,
      groupInfo: undefined,
    } as const;
    const first = await a.device.ask({ type: "request", id: 77, request: append });
    // The very same frame again, number included.
    expect(await a.device.ask({ type: "request", id: 77, request: append })).toEqual(first);
    const entries = (await b.fetch(2)).entries;
    expect(entries.map(({ payload }) => payload && hex(payload))).toEqual([hex(payload)]);
  });
});

describe("a flood on one connection", () => {
  test.each([500, 2_000])(
    "of %i messages holds up others by a few rounds, not by its length",
    async (flood) => {
      // A store that makes many steps durable at once: those who wait for the same commit wait for each other.
      const store = sqliteRelayStore(":memory:");
      const world = await makeWorld({ limits, store });
      const [a] = (await makeConversation(world, ada)) as [Member];
      const [b] = (await makeConversation(world, ben)) as [Member];
      const messages = Array.from({ length: flood }, (_, number) => a.encrypt(`flood ${number}`));
      const quiet = b.encrypt("K 6.8");
      let answered = 0;
      const answers = messages.map((payload) => a.append({ payload }).then(() => answered++));
      // All of it has arrived and most of it waits when the other one speaks.
      while (answered === 0) await new Promise((resolve) => setImmediate(resolve));
      const before = answered;
      expect(await b.append({ payload: quiet })).toMatchObject({ seq: 2 });
      expect(answered - before).toBeLessThan(130);
      await Promise.all(answers);
      expect((await a.fetch(flood)).head.seq).toBe(flood + 1);
      await world.relay.close();
      await store.close();
    },
  );
});
