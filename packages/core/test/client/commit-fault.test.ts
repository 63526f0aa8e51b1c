import { memoryRelayStore } from "@readback/relay";
import { afterEach, describe, expect, test } from "vitest";
import type { IntegrityEvent } from "../../src/client/events.ts";
import { fromHex } from "../../src/codec/hex.ts";
import { decodeCommitFault, verifyCommitFault } from "../../src/conversation/commit-fault.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { crashingStorage } from "../../src/testing/crashing-storage.ts";
import type { LogEntry } from "../../src/wire/entry.ts";
import { doubting } from "./doubting.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { type Edit, LyingRelay, logKeysOf, logSuite } from "./lying-relay.ts";
import { type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";

let here: World;
afterEach(() => here.close());

/** Ada has added Cleo, whom Ben's device refuses; what the relay shows Ada passes through something that may change it. */
async function refused(seed: string, edit: Edit = (entry) => [entry], isBenAway = false) {
  const store = memoryRelayStore();
  here = world(seed, { store });
  const keys = await logKeysOf(store);
  const relay = new LyingRelay(keys, () => here.clock.now());
  relay.edit = edit;
  const storage = memoryStorage();
  const a = await here.client(ada, { transport: interposedTransport(here.relay.transport(), relay) });
  const b = await here.client(ben, { identity: doubting(ben, cleo), storage });
  await here.client(cleo);
  await here.until(() => a.connection === "online");
  const found: IntegrityEvent[] = [];
  a.on("integrity", (event) => void found.push(event));
  const opened = a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  const conversation = await opened;
  if (isBenAway) await b.close();
  await conversation.add([cleo]);
  if (!isBenAway) await here.until(() => b.conversation(conversation.id)?.phase === "halted");
  const faults = async (): Promise<LogEntry[]> => {
    const range = { conversation: fromHex(conversation.id), device: `${ada}/phone`, after: 0 };
    const page = await store.readLog({ ...range, maximumEntries: 100, maximumBytes: 1_000_000 });
    return (page?.entries ?? []).filter(({ header }) => header.kind === "fault");
  };
  return { a, b, storage, found, conversation, faults };
}

/** Changes what the fault says. */
const changed =
  (change: (payload: Uint8Array) => Uint8Array): Edit =>
  (entry) => {
    if (entry.header.kind !== "fault" || entry.payload === undefined) return [entry];
    const payload = change(entry.payload.slice());
    return [{ header: { ...entry.header, payloadHash: logSuite.hash.digest(payload) }, payload }];
  };

describe("a commit that a member's device cannot process", () => {
  test("is told to those who can, signed, and comes right when they undo it", async () => {
    const { b, found, conversation, faults } = await refused("told");
    await here.until(() => found.length > 0);
    const [{ what, by, seq }] = found as [IntegrityEvent];
    expect([what, by, seq]).toEqual(["commit-refused", { person: ben, device: "phone" }, 3]);
    // Nothing is taken back: what was added is there, and is read by those who can.
    expect(conversation.members().map(({ person }) => person)).toEqual([ada, ben, cleo]);
    await conversation.remove([cleo]);
    await here.until(() => b.conversation(conversation.id)?.phase === "active");
    await conversation.send("welcome back");
    const texts = async () =>
      (await b.conversation(conversation.id)?.messages())?.map(({ text }) => text) ?? [];
    await here.until(async () => (await texts()).includes("welcome back"));
    expect(await faults()).toHaveLength(1);
    expect(found).toHaveLength(1);
  });

  test("is said in the same bytes after a restart, which the relay knows", async () => {
    const { b, storage, conversation, faults } = await refused("restart");
    await here.until(async () => (await faults()).length === 1);
    const [{ payload = new Uint8Array() }] = (await faults()) as [LogEntry];
    await b.close();
    const again = await here.client(ben, { identity: doubting(ben, cleo), storage: storage.reopen() });
    await here.until(() => again.conversation(conversation.id)?.phase === "halted");
    for (let i = 0; i < 10; i++) {
      here.clock.advance(1_000);
      await here.settle();
    }
    expect(await faults()).toHaveLength(1);
    const fault = decodeCommitFault(payload);
    expect(verifyCommitFault(logSuite, new Uint8Array(65), fault)).toBe(false);
  });

  test.each(["lost", "applied"] as const)(
    "is said whichever write the power fails at: %s",
    async (outcome) => {
      let writes = Number.POSITIVE_INFINITY;
      for (let failAt = 2; failAt <= writes; failAt++) {
        const { storage, faults, conversation } = await refused(
          `power ${outcome} ${failAt}`,
          undefined,
          true,
        );
        const rest = storage.reopen();
        const failing = crashingStorage(rest, { failAt, outcome });
        const cut = await here.client(ben, {
          identity: doubting(ben, cleo),
          storage: failing,
          transport: here.relay.transport(),
        });
        await here.until(async () => failing.crashed || (await faults()).length > 0, "the crash, or the end");
        await here.settle();
        if (!failing.crashed) writes = failing.writes;
        await cut.close();
        const again = await here.client(ben, { identity: doubting(ben, cleo), storage: rest.reopen() });
        await here.until(async () => (await faults()).length > 0);
        for (let i = 0; i < 5; i++) {
          here.clock.advance(1_000);
          await here.settle();
        }
        expect(await faults()).toHaveLength(1);
        expect(again.conversation(conversation.id)?.phase).toBe("halted");
        await here.close();
      }
      // The fence, the stop, and what is said of it.
      expect(writes).toBe(3);
    },
  );

  test.each<[name: string, change: (payload: Uint8Array) => Uint8Array]>([
    ["of another conversation", (payload) => payload.with(0, (payload[0] ?? 0) ^ 1)],
    ["of another commit", (payload) => payload.with(39, 2)],
    ["that is not signed", (payload) => payload.with(payload.length - 1, (payload.at(-1) ?? 0) ^ 1)],
    ["that is none", () => new Uint8Array(9)],
  ])("is nothing but a problem where a relay shows one %s", async (name, change) => {
    const { a, found } = await refused(name, changed(change));
    await here.until(() => here.errors.some(({ code }) => code === "malformed" || code === "not-a-member"));
    expect(found).toEqual([]);
    expect(a.conversations()[0]?.phase).toBe("active");
  });
});
