import { unsafeDevelopmentAuthority } from "@readback/core";
import { manualClock, seededRandom } from "@readback/core/testing";
import { ReadbackError } from "@readback/core/wire";
import { expect, test } from "vitest";
import { memoryRelayStore } from "../src/memory-relay-store.ts";
import { createRelay } from "../src/relay.ts";
import { makeConversation } from "./member.ts";
import { makeWorld } from "./world.ts";

const [hour, day] = [3_600_000, 86_400_000];

/** A relay whose store is asked to prune, and says that this many payloads are old. */
async function pruning(options: { retention?: number; old?: number; fail?: () => boolean } = {}) {
  const clock = manualClock();
  const store = memoryRelayStore();
  const asked: [before: number, maximum: number][] = [];
  const log: string[] = [];
  let old = options.old ?? 0;
  store.prune = async (before, maximum) => {
    asked.push([clock.now() - before, maximum]);
    if (options.fail?.()) throw new ReadbackError("storage-failed", "This was planned.");
    const pruned = Math.min(maximum, old);
    old -= pruned;
    return pruned;
  };
  const relay = await createRelay({
    name: "relay.example",
    store,
    authority: unsafeDevelopmentAuthority(),
    clock,
    random: seededRandom("pruner"),
    logger: ({ event }) => void log.push(event),
    ...(options.retention === undefined ? {} : { retention: options.retention }),
  });
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  await settle();
  return { clock, relay, asked, log, settle };
}

test("a relay prunes what is 30 days old: at its start, then every hour, a few payloads at a time", async () => {
  const { clock, relay, asked, log, settle } = await pruning({ old: 600 });
  expect(asked).toEqual(Array(3).fill([30 * day, 256]));
  expect(log).toEqual(["pruned"]);
  clock.advance(hour - 1);
  await settle();
  expect(asked).toHaveLength(3);
  clock.advance(1);
  await settle();
  expect(asked).toHaveLength(4);
  await relay.close();
  clock.advance(2 * hour);
  await settle();
  expect(asked).toHaveLength(4);
});

test("a store that fails is told, and asked again an hour later", async () => {
  let isBroken = true;
  const { clock, relay, asked, log, settle } = await pruning({ fail: () => isBroken });
  expect([asked.length, log]).toEqual([1, ["prune-failed"]]);
  isBroken = false;
  clock.advance(hour);
  await settle();
  expect([asked.length, log]).toEqual([2, ["prune-failed"]]);
  await relay.close();
});

test("the retention is an option: a day at least, or for ever", async () => {
  const { relay, asked } = await pruning({ retention: day });
  expect(asked).toEqual([[day, 256]]);
  await relay.close();
  const forever = await pruning({ retention: Number.POSITIVE_INFINITY });
  expect(forever.asked).toEqual([]);
  await forever.relay.close();
  for (const retention of [day - 1, 0, Number.NaN])
    await expect(pruning({ retention })).rejects.toMatchObject({ code: "invalid-argument" });
});

test("what was pruned is served without its payload, so chain and head can be checked", async () => {
  const world = await makeWorld({ retention: 30 * day });
  const [ada] = await makeConversation(world, "ada@a.example/phone", "ben@b.example/phone");
  await ada?.say("one");
  world.clock.advance(31 * day);
  await ada?.say("two");
  world.clock.advance(hour);
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  const page = await ada?.fetch(0);
  expect(page?.entries.map(({ header, payload }) => [header.kind, payload !== undefined])).toEqual([
    ["create", true],
    ["commit", true],
    ["application", false],
    ["application", true],
  ]);
});
