import { afterEach, describe, expect, test } from "vitest";
import { memoryStorage } from "../../src/index.ts";
import { type CrashPlan, crashingStorage } from "../../src/testing/crashing-storage.ts";
import { memoizedCrypto } from "./memoized-crypto.ts";
import { textsOf, type World, world } from "./world.ts";

const crypto = memoizedCrypto();

let here: World | undefined;
afterEach(async () => {
  await here?.close();
  here = undefined;
});

const limits = { conversationEntries: 3 };

/** Ada and Ben have talked until the relay has no more room; what Ada says next it refuses. */
async function full(seed: string, options: Parameters<World["client"]>[1] = {}) {
  const opened = world(seed, { limits });
  here = opened;
  const ada = await opened.client("ada@mercy.example", options);
  const ben = await opened.client("ben@stlukes.example");
  const opening = ada.open({ members: [ben.person] });
  await opened.until(() => ben.conversations().length === 1);
  const conversation = await opening;
  const taken = await conversation.send("taken");
  await opened.until(async () => (await taken.status()) !== "queued", "the relay takes the first one");
  const refused = await conversation.send("refused");
  await opened.until(async () => (await refused.status()) === "failed", "the relay refuses the second one");
  return { here: opened, ada, conversation, refused };
}

/** Ada's power is cut as planned from when she begins to say what is refused; then she is started again. */
async function refuseWithCut(plan: CrashPlan) {
  const here = world("unsent and cut", { limits });
  try {
    const disk = memoryStorage();
    const first = await here.client("ada@mercy.example", { storage: disk, crypto });
    const ben = await here.client("ben@stlukes.example", { crypto });
    const opening = first.open({ members: [ben.person] });
    await here.until(() => ben.conversations().length === 1);
    const { id, send } = await opening.then((conversation) => ({
      id: conversation.id,
      send: (text: string) => conversation.send(text),
    }));
    const taken = await send("taken");
    await here.until(async () => (await taken.status()) !== "queued", "the relay is full");
    await here.settle();
    await first.close();

    const again = disk.reopen();
    const crashing = crashingStorage(again, plan);
    const cut = await here.client("ada@mercy.example", { storage: crashing, crypto }).catch(() => undefined);
    const isSaid = await cut
      ?.conversation(id)
      ?.send("refused")
      .then(
        () => true,
        () => false,
      );
    for (let i = 0; i < 10; i++) {
      here.clock.advance(1_000);
      await here.settle();
    }
    const { crashed } = crashing;
    const ada = crashed ? await here.client("ada@mercy.example", { storage: again.reopen(), crypto }) : cut;
    const find = async () =>
      (await ada?.conversation(id)?.messages())?.find(({ text }) => text === "refused");
    // Where the power went before it was durable, nobody was told that it is.
    if (isSaid !== true && (await find()) === undefined) return { status: "failed", crashed };
    await here.until(async () => (await (await find())?.status()) === "failed", "it has failed");
    return { status: (await (await find())?.status()) ?? "gone", crashed };
  } finally {
    await here.close();
  }
}

describe("a message that will never be sent", () => {
  test("stays where it was written, also after a restart, until its author takes it back", async () => {
    const inner = memoryStorage();
    const storage = { ...inner, close: async () => {} };
    const { here, ada, conversation } = await full("unsent", { storage });
    expect(await textsOf(ada, conversation.id)).toEqual(["taken", "refused"]);
    await ada.close();

    const again = await here.client("ada@mercy.example", { storage });
    const [last] = ((await again.conversation(conversation.id)?.messages()) ?? []).slice(-1);
    expect([last?.text, await last?.status(), last?.seq]).toEqual(["refused", "failed", undefined]);
    await expect(last?.edit("once more")).rejects.toMatchObject({ code: "message-not-sent" });
    expect(await last?.recall()).toBe(last);
    expect(await textsOf(again, conversation.id)).toEqual(["taken"]);
    await expect(last?.recall()).rejects.toMatchObject({ code: "message-not-sent" });
    expect((await inner.list("conversation")).some(({ key }) => key.includes("/unsent/"))).toBe(false);
  });

  test("so does an edit and a recall: who said it must not believe that it is corrected", async () => {
    const inner = memoryStorage();
    const storage = { ...inner, close: async () => {} };
    const { here, ada, conversation, refused } = await full("unsent versions", { storage });
    await refused.recall();
    const [taken] = await conversation.messages();
    const [edit, recall] = [await taken?.edit("corrected"), await taken?.recall("wrong patient")];
    await here.until(async () => (await recall?.status()) === "failed", "the relay refuses both");
    expect(await edit?.status()).toBe("failed");
    await ada.close();

    const again = await here.client("ada@mercy.example", { storage });
    const messages = (await again.conversation(conversation.id)?.messages()) ?? [];
    expect(messages.map(({ text, isRecall, reason }) => [text, isRecall, reason])).toEqual([
      ["taken", false, undefined],
      ["corrected", false, undefined],
      ["", true, "wrong patient"],
    ]);
    const [first, ...failed] = messages;
    for (const message of failed) {
      expect([await message.status(), message.replaces]).toEqual(["failed", first?.id]);
      expect(await message.recall()).toBe(message);
    }
    expect(await first?.versions.all()).toHaveLength(1);
    expect(await textsOf(again, conversation.id)).toEqual(["taken"]);
  });

  test("is told with its message, and an answer or a sign with the message that it is about", async () => {
    const opened = world("unsent answers", { limits });
    here = opened;
    const ada = await opened.client("ada@mercy.example");
    const ben = await opened.client("ben@stlukes.example");
    await ben.open({ members: [ada.person] });
    await opened.until(() => ada.conversations().length === 1, "that ada has joined");
    const told: unknown[] = [];
    ada.on("error", ({ error, message }) => void told.push([error.code, message?.text, message?.seq]));
    ada.on("receipt", ({ status, message }) => void told.push([status, message.text]));
    const critical = await ben.conversations()[0]?.send("K 6.8", {
      intent: "critical",
      request: { of: [ada.person] },
    });
    await opened.until(() => textsOf(ada, critical?.conversation.id ?? "").then((all) => all.length === 1));
    const [shown] = (await ada.conversations()[0]?.messages()) ?? [];
    await shown?.acknowledge("Seen");
    await shown?.reactions.add("+1");
    await ada.conversations()[0]?.send("On my way");
    await opened.until(() => told.length >= 4, "that all have failed");
    const ofCritical = ["quota-exceeded", "K 6.8", shown?.seq];
    expect(told).toEqual([
      ofCritical,
      ofCritical,
      ["failed", "On my way"],
      ["quota-exceeded", "On my way", undefined],
    ]);
  });

  test.each(["lost", "applied"] as const)(
    "whenever the power goes, the last write %s, it is sent, waits or has failed, and is never just gone",
    async (outcome) => {
      const outcomes = new Set<string>();
      for (let failAt = 1; ; failAt++) {
        const { status, crashed } = await refuseWithCut({ failAt, outcome });
        outcomes.add(status);
        if (!crashed) {
          expect(failAt).toBeGreaterThan(3);
          break;
        }
      }
      expect([...outcomes]).toEqual(["failed"]);
    },
  );

  test("is forgotten with everything of its age", async () => {
    const day = 24 * 3_600_000;
    const { here, ada, conversation } = await full("unsent and old", { retention: () => 2 * day });
    for (let hour = 0; hour < 72; hour++) {
      here.clock.advance(3_600_000);
      await here.settle();
    }
    expect(await textsOf(ada, conversation.id)).toEqual([]);
  });
});
