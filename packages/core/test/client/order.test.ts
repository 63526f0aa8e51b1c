import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { Message } from "../../src/client/message.ts";
import { unsteadyTransport } from "../../src/testing/unsteady-transport.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

let here: World;
afterEach(() => here.close());

test("the order of messages tells what their authors had read, whatever came first", async () => {
  here = world("order");
  const network = unsteadyTransport(here.relay.transport());
  const a = await here.client(ada);
  const b = await here.client(ben, { transport: network });
  await here.until(() => b.connection === "online");
  const opened = a.open({ members: [ben] });
  await here.until(() => b.conversations().length === 1);
  const toBen = await opened;
  const toAda = b.conversation(toBen.id) as Conversation;
  const reads = (client: Client, text: string) =>
    here.until(async () => (await textsOf(client, toBen.id)).includes(text), text);
  await toBen.send("Potassium 6.8");
  await reads(b, "Potassium 6.8");

  await network.down();
  await toAda.send("Giving calcium.");
  await toAda.send("And insulin.");
  // Neither knows of the other, while one is on its way and after both have arrived.
  const [dose, , insulin] = (await toAda.messages()) as [Message, Message, Message];
  expect(toAda.order(dose, insulin)).toBe("before");
  await toBen.send("Correction: potassium 4.8.");
  network.up();
  await reads(a, "And insulin.");
  await reads(b, "Correction: potassium 4.8.");
  await toAda.send("Stopped.");
  await reads(a, "Stopped.");

  for (const conversation of [toBen, toAda]) {
    const all = await conversation.messages();
    const named = (text: string): Message => all.find((message) => message.text === text) as Message;
    const first = named("Potassium 6.8");
    const calcium = named("Giving calcium.");
    const correction = named("Correction: potassium 4.8.");
    const stopped = named("Stopped.");
    // By its place the correction came first. Ben had not read it.
    expect((correction.seq ?? 0) < (calcium.seq ?? 0)).toBe(true);
    expect(conversation.order(correction, calcium)).toBe("concurrent");
    expect(conversation.order(calcium, correction)).toBe("concurrent");
    expect(conversation.order(first, calcium)).toBe("before");
    expect(conversation.order(calcium, first)).toBe("after");
    expect(conversation.order(correction, stopped)).toBe("before");
    expect(conversation.order(calcium, named("And insulin."))).toBe("before");
    expect(conversation.order(first, first)).toBe("concurrent");
    expect(calcium.seen).toBeGreaterThanOrEqual(first.seq as number);
    expect(calcium.seen).toBeLessThan(correction.seq as number);
  }
});
