import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { Message } from "../../src/client/message.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const dora = "dora@mercy.example";
const minute = 60_000;

let here: World;
afterEach(() => here.close());

type Three = [Client, Client, Client];

/** Ada asks Ben; after five minutes Cleo is asked too, after ten Dora, who is no member. */
async function asked(seed: string, options: Parameters<typeof world>[1] = {}) {
  here = world(seed, options);
  const storage = memoryStorage();
  const clients = [
    await here.client(ada, { storage }),
    await here.client(ben),
    await here.client(cleo),
  ] as Three;
  const opened = clients[0].open({ members: [ben, cleo] });
  await here.until(() => clients.every((client) => client.conversations().length === 1), "joining");
  const conversation = await opened;
  const message = await conversation.send("Bed 12 is worse.", {
    intent: "call",
    request: {
      of: [ben],
      escalation: [
        { after: 5 * minute, to: [cleo] },
        { after: 10 * minute, to: [dora] },
      ],
    },
  });
  await here.until(async () =>
    (await Promise.all(clients.map((client) => at(client, message)))).every(Boolean),
  );
  return { conversation, clients, message, storage };
}

async function at(client: Client, { id }: Message): Promise<Message | undefined> {
  const all = (await client.conversations()[0]?.messages()) ?? [];
  return all.find((message) => message.id === id && message.seq !== undefined);
}

const firedBy = async (client: Client, message: Message) =>
  (await (await at(client, message))?.loop())?.fired.map(({ step, device, person }) => [
    step,
    person,
    device,
  ]);

/** How many entries the log has, as the last message that is said in it tells. */
async function lengthOf(conversation: Conversation): Promise<number> {
  const last = await conversation.send("How far is the log?");
  let seq: number | undefined;
  await here.until(async () => {
    seq = (await conversation.messages()).find(({ id }) => id === last.id)?.seq;
    return seq !== undefined;
  });
  return seq as number;
}

async function pass(milliseconds: number, stride = 10_000): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += stride) {
    here.clock.advance(stride);
    await here.settle();
  }
}

describe("an escalation", () => {
  test("asks the next one when it is due, once, by the author's device, and tells who must be added", async () => {
    const { clients, message } = await asked("due");
    await pass(5 * minute - 10_000);
    expect(await firedBy(clients[1], message)).toEqual([]);
    await pass(minute);
    for (const client of clients) expect(await firedBy(client, message)).toEqual([[0, ada, "phone"]]);
    expect((await message.loop())?.next).toMatchObject({ step: 1, to: [dora] });
    await pass(6 * minute);
    expect(await message.loop()).toMatchObject({ state: "open", missing: [dora], next: undefined });
    await (await at(clients[2], message))?.acknowledge("I go");
    await here.until(async () => (await message.loop())?.isClosed === true, "Cleo's answer");
    expect(here.errors).toEqual([]);
  });

  test("does not happen once the loop is closed, and does where it is open again", async () => {
    const { clients, message } = await asked("closed");
    await (await at(clients[1], message))?.acknowledge();
    await here.until(async () => (await message.loop())?.isClosed === true);
    await pass(7 * minute);
    expect(await firedBy(clients[0], message)).toEqual([]);
    await (await at(clients[1], message))?.decline("Called away");
    await here.settle();
    await pass(minute);
    expect(await firedBy(clients[2], message)).toEqual([[0, ada, "phone"]]);
  });

  test("is said by others in their turn where the author is away, and not again when the author comes back", async () => {
    const { clients, message, storage } = await asked("away");
    await clients[0].close();
    await pass(6 * minute);
    expect(await firedBy(clients[1], message)).toEqual([[0, ben, "phone"]]);
    const back = await here.client(ada, { storage: storage.reopen() });
    const [conversation] = back.conversations() as [Conversation];
    await here.until(async () => (await firedBy(back, message))?.length === 1, "reading on");
    const before = await lengthOf(conversation);
    await pass(minute);
    expect(await lengthOf(conversation)).toBeLessThanOrEqual(before + 4);
    expect(await firedBy(clients[2], message)).toEqual([[0, ben, "phone"]]);
    await pass(5 * minute);
    expect(await firedBy(clients[2], message)).toEqual([
      [0, ben, "phone"],
      [1, ada, "phone"],
    ]);
    expect(here.errors).toEqual([]);
  });

  test("is said again where the relay's clock says that it was too early, and everybody hears of the first time", async () => {
    here = world("skew");
    const { clock } = here;
    // The clock of everybody but the relay is ahead.
    const skew = 45_000;
    const ahead = {
      ...clock,
      now: () => clock.now() + skew,
      wake: (when: number, run: () => void) => clock.wake(when - skew, run),
    };
    const a = await here.client(ada, { clock: ahead });
    const b = await here.client(ben, { clock: ahead });
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const message = await (await opened).send("Call me.", {
      request: { of: [ben], escalation: [{ after: minute, to: [cleo] }] },
    });
    await here.until(async () => (await at(b, message)) !== undefined);
    await pass(2 * minute, 1_000);
    expect(await firedBy(b, message)).toEqual([[0, ada, "phone"]]);
    const fired = (await message.loop())?.fired[0]?.at ?? 0;
    expect(fired - ((await at(a, message))?.acceptedAt ?? 0)).toBeGreaterThanOrEqual(minute);
    // Ada's first try is refused, by herself as by Ben.
    expect(here.errors.map(({ code }) => code)).toEqual(["answer-refused", "answer-refused"]);
  });
});
