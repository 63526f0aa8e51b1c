import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/index.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { unsteadyTransport } from "../../src/testing/unsteady-transport.ts";
import { copyOf } from "./store-copy.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@stlukes.example";

let here: World;
afterEach(() => here.close());

/**
 * Ben writes without a network and his store is copied; then his messages are sent, `more` others too, and the device is
 * started again from the copy: it does not know that the log has them, and says them again.
 */
async function restored(
  seed: string,
  more: number,
  options: Parameters<World["client"]>[1] & { meanwhile?: (c: Client, id: string) => Promise<void> } = {},
) {
  const { meanwhile = async () => {} } = options;
  here = world(seed);
  const network = unsteadyTransport(here.relay.transport());
  const store = memoryStorage();
  const a = await here.client(ada, options);
  const b = await here.client(ben, { transport: network, storage: store });
  await here.until(() => b.connection === "online", "a connection");
  const c = await here.client(cleo);
  const opening = a.open({ members: [ben, cleo] });
  await here.until(() => [b, c].every((other) => other.conversations().length === 1));
  const conversation = await opening;
  const shown: string[] = [];
  const versions: string[] = [];
  const found: string[] = [];
  a.on("message", ({ message }) => void shown.push(message.text));
  a.on("version", ({ version }) => void versions.push(version.text));
  a.on("integrity", ({ what }) => void found.push(what));

  const first = await b.conversation(conversation.id)?.send("zero");
  await here.until(() => shown.length === 1);
  await network.down();
  await here.settle();
  await b.conversation(conversation.id)?.send("one");
  await first?.edit("zero, corrected");
  const copy = await copyOf(store);
  network.up();
  await here.until(() => shown.length === 2 && versions.length === 1, "what was written is there");
  for (let i = 0; i < more; i++) await b.conversation(conversation.id)?.send(`more ${i}`);
  await here.until(() => shown.length === 2 + more, "more is there");
  await b.close();
  await meanwhile(c, conversation.id);

  const again = await here.client(ben, { storage: copy });
  const last = await again.conversation(conversation.id)?.send("last");
  await here.until(async () => (await last?.status()) === "delivered", "the copy is in use");
  const texts = ["zero", "one", ...Array.from({ length: more }, (_, i) => `more ${i}`), "last"];
  return { a, b: again, conversation, shown, versions, found, texts };
}

// The list of places is kept by 64: with 80 more the first place is no longer in memory.
test.each([0, 3, 80])(
  "what a device says again is shown and told once, %i messages later too",
  async (more) => {
    const { a, conversation, shown, versions, found, texts } = await restored(`again ${more}`, more);
    expect(await textsOf(a, conversation.id)).toEqual(texts);
    expect(shown).toEqual(texts);
    expect(versions).toEqual(["zero, corrected"]);
    const [zero, one] = await conversation.messages({ limit: 2, after: 0 });
    expect((await zero?.versions.all())?.map(({ text }) => text)).toEqual(["zero", "zero, corrected"]);
    // The first place counts, for whoever asks by its id too.
    expect((await conversation.message(one?.id ?? ""))?.seq).toBe(one?.seq);
    // It has done nothing that anybody could be accused of.
    expect(found).toEqual([]);
  },
);

test.each([3, 80])(
  "so it is where its reader was removed and added again in between, after %i more",
  async (more) => {
    const { a, conversation, texts } = await restored(`again and added ${more}`, more, {
      meanwhile: async (c, id) => {
        const members = () => c.conversation(id)?.members().length;
        const removing = c.conversation(id)?.remove([ada]);
        await here.until(() => members() === 2, "Ada is removed");
        await removing;
        const adding = c.conversation(id)?.add([ada]);
        await here.until(() => members() === 3, "Ada is back");
        await adding;
        await here.settle();
      },
    });
    expect(await textsOf(a, conversation.id)).toEqual(texts);
    // What was said in both stays is found by its id.
    for (const message of await conversation.messages())
      expect((await conversation.message(message.id))?.seq).toBe(message.seq);
  },
);

test("what is known of it goes with the messages", async () => {
  const hour = 3_600_000;
  const storage = memoryStorage();
  const { a, conversation } = await restored("again and forgotten", 3, {
    storage,
    retention: () => 48 * hour,
  });
  const marks = async () =>
    (await storage.list("conversation")).filter(({ key }) => key.includes("/repeated/"));
  expect(await marks()).toHaveLength(2);
  for (let passed = 0; passed < 72; passed++) {
    here.clock.advance(hour);
    await here.settle();
  }
  expect(await textsOf(a, conversation.id)).toEqual([]);
  expect(await marks()).toEqual([]);
});
