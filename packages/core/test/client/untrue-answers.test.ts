import { afterEach, expect, test } from "vitest";
import { interposedTransport } from "./interposed-transport.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";

let here: World;
afterEach(() => here.close());

/** The relay does what ada asks, and answers what was no question of hers. */
async function confused(seed: string) {
  here = world(seed);
  const doubt = { isOn: false };
  const appends = new Set<number>();
  const between: Parameters<typeof interposedTransport>[1] = {
    fromClient(message) {
      if (message.type === "request" && message.request.type === "append" && doubt.isOn)
        appends.add(message.id);
      return undefined;
    },
    fromRelay(message) {
      if (message.type !== "answer" || !appends.delete(message.id)) return undefined;
      doubt.isOn = false;
      return [{ ...message, answer: { type: "done" } }];
    },
  };
  const a = await here.client(ada, { transport: interposedTransport(here.relay.transport(), between) });
  await a.online();
  const b = await here.client(ben);
  const c = await here.client(cleo);
  const conversation = await a.open({ members: [ben] });
  await here.until(() => b.conversation(conversation.id)?.phase === "active");
  return { a, b, c, conversation, doubt };
}

test("an answer to something else loses no commit: this device would not be able to process its own", async () => {
  const { c, conversation, doubt } = await confused("commit");
  doubt.isOn = true;
  await conversation.add([cleo]);
  await here.until(() => c.conversation(conversation.id)?.phase === "active");
  expect(conversation.phase).toBe("active");
  expect(here.errors.map(({ code }) => code)).toEqual(["protocol-violation"]);
});

test("an answer to something else gives no message up that the log has", async () => {
  const { b, conversation, doubt } = await confused("message");
  doubt.isOn = true;
  const message = await conversation.send("K 6.8");
  await here.until(async () => (await message.status()) === "delivered");
  expect(await textsOf(b, conversation.id)).toEqual(["K 6.8"]);
  expect(here.errors.map(({ code }) => code)).toEqual(["protocol-violation"]);
});
