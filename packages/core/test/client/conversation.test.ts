import { afterEach, describe, expect, test } from "vitest";
import type { MessageStatus } from "../../src/client/events.ts";
import type { Message } from "../../src/client/message.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";

let here: World;
afterEach(() => here.close());

describe("two people", () => {
  test("a message climbs the ladder to its acknowledgement", async () => {
    here = world("ladder");
    const a = await here.client(ada);
    const b = await here.client(ben);
    b.on("message", async ({ message }) => {
      if (message.from === ada) {
        await message.markRead();
        await message.acknowledge("Potassium 6.8, bed 12.");
      }
    });
    const opened = a.open({ members: [ben], subject: "Bed 12" });
    await here.until(() => b.conversations().length === 1, "joining");
    const conversation = await opened;
    const seen: MessageStatus[] = [];
    conversation.on("receipt", ({ status }) => void seen.push(status));
    const message = await conversation.send("Potassium 6.8, please read back.", { intent: "critical" });
    const reached = message.reached("acknowledged");
    await here.until(async () => (await message.status()) === "acknowledged", "the acknowledgement");
    expect((await reached).text).toBe("Potassium 6.8, bed 12.");
    expect((await reached).by).toBe(ben);
    expect(seen[0]).toBe("sent");
    expect(seen.at(-1)).toBe("acknowledged");
    expect(b.conversations()[0]?.subject).toBe("Bed 12");
    expect(await textsOf(b, conversation.id)).toEqual(["Potassium 6.8, please read back."]);
    const [received] = ((await b.conversations()[0]?.messages()) ?? []) as [Message];
    expect(received.id).toBe(message.id);
    expect(received.intent).toBe("critical");
    expect(here.errors).toEqual([]);
  });
});

describe("three people", () => {
  test("added people read from then on, removed ones no more", async () => {
    here = world("members");
    const a = await here.client(ada);
    const b = await here.client(ben);
    const c = await here.client(cleo);
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const conversation = await opened;
    await conversation.send("one");
    await here.until(async () => (await textsOf(b, conversation.id)).length === 1);
    const added = conversation.add([cleo]);
    await here.until(() => c.conversations().length === 1, "adding");
    await added;
    await conversation.send("two");
    await here.until(async () => (await textsOf(c, conversation.id)).length === 1);
    expect(await textsOf(c, conversation.id)).toEqual(["two"]);
    await here.until(() => b.conversation(conversation.id)?.members().length === 3);
    const removed = conversation.remove([ben]);
    await here.until(() => b.conversation(conversation.id)?.phase === "left", "removal");
    await removed;
    await conversation.send("three");
    await here.until(async () => (await textsOf(c, conversation.id)).length === 2);
    expect(await textsOf(b, conversation.id)).toEqual(["one", "two"]);
    await expect(b.conversation(conversation.id)?.send("too late")).rejects.toMatchObject({
      code: "not-a-member",
    });
    expect(here.errors).toEqual([]);
  });
});
