import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { Message } from "../../src/client/message.ts";
import { type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const potassium = { name: "potassium", value: "6.8", unit: "mmol/L" };
const minute = 60_000;

let here: World;
afterEach(() => here.close());

/** Clients that are in one conversation, the first of which has opened it. */
async function consult(seed: string, ...persons: [string, ...string[]]): Promise<[Conversation, Client[]]> {
  here = world(seed);
  const clients: Client[] = [];
  for (const person of persons) clients.push(await here.client(person));
  const [first, ...others] = clients as [Client, ...Client[]];
  const opened = first.open({ members: persons.slice(1) });
  await here.until(() => others.every((client) => client.conversations().length === 1), "joining");
  return [await opened, clients];
}

/** The message with this id at another client, once it is there. */
async function at(client: Client, message: Message): Promise<Message> {
  let found: Message | undefined;
  await here.until(async () => {
    const all = (await client.conversations()[0]?.messages()) ?? [];
    found = all.find(({ id, seq }) => id === message.id && seq !== undefined);
    return found !== undefined;
  }, "arrival");
  return found as Message;
}

const stateOf = async (message: Message) => (await message.loop())?.state;

describe("a critical value", () => {
  test("is read back wrongly, corrected, read back, and confirmed; both sides see each step", async () => {
    const [conversation, [, b]] = (await consult("read-back", ada, ben)) as [Conversation, [Client, Client]];
    const message = await conversation.send("Potassium 6.8, bed 12.", {
      intent: "critical",
      deadline: here.clock.now() + 60 * minute,
      request: { of: [ben], values: [potassium] },
    });
    const closed = message.closed();
    const received = await at(b, message);
    expect(received.request?.mode).toBe("read-back");
    expect(received.deadline).toBe(message.deadline);
    const wrong = { ...potassium, value: "8.6" };
    expect(await received.readBack([wrong])).toEqual([
      { name: "potassium", expected: potassium, answered: wrong },
    ]);
    await here.until(async () => (await message.loop())?.answers.length === 1, "the answer");
    for (const side of [message, received]) {
      expect(await side.loop()).toMatchObject({ state: "open", isClosed: false });
      expect((await side.loop())?.answers[0]?.mismatches).toHaveLength(1);
    }
    expect((await message.receipts())[0]?.status).toBe("read");
    const [answer] = (await message.loop())?.answers ?? [];
    await expect(answer?.confirm()).rejects.toMatchObject({ code: "invalid-argument" });
    await answer?.correct("No: six point eight.");
    await here.until(async () => (await stateOf(received)) === "corrected", "the correction");
    expect((await received.loop())?.answers[0]?.verdict?.text).toBe("No: six point eight.");
    await received.readBack([{ name: " potassium", value: "6.8 ", unit: "mmol/L" }]);
    await here.until(async () => (await stateOf(message)) === "acknowledged", "the read-back");
    const second = (await message.loop())?.answers[1];
    await expect((await received.loop())?.answers[1]?.confirm()).rejects.toMatchObject({
      code: "invalid-argument",
    });
    await second?.confirm();
    await here.until(async () => (await stateOf(received)) === "confirmed", "the confirmation");
    expect(await closed).toMatchObject({ state: "confirmed", isClosed: true });
    expect((await message.receipts())[0]?.status).toBe("acknowledged");
    expect(here.errors).toEqual([]);
  });

  test("cannot be asked of outsiders or oneself, nor answered where nothing is asked", async () => {
    const [conversation, [, b]] = (await consult("refused", ada, ben)) as [Conversation, [Client, Client]];
    const ask = (of: string[]) => conversation.send("Call me.", { intent: "call", request: { of } });
    await expect(ask([cleo])).rejects.toMatchObject({ code: "unknown-recipient" });
    await expect(ask([ada])).rejects.toMatchObject({ code: "invalid-argument" });
    const own = conversation.send("x", { request: { escalation: [{ after: 1, to: [ada] }] } });
    await expect(own).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(conversation.send("x", { deadline: 5 })).rejects.toMatchObject({ code: "invalid-argument" });
    const values = Array.from({ length: 32 }, (_, i) => ({ name: `${i}`, value: "x".repeat(200), unit: "" }));
    await expect(conversation.send("x", { request: { values } })).rejects.toMatchObject({
      code: "too-large",
    });
    const plain = await at(b, await conversation.send("Nothing to do."));
    expect(await plain.loop()).toBeUndefined();
    for (const answer of [plain.accept(), plain.decline(), plain.readBack([potassium]), plain.closed()])
      await expect(answer).rejects.toMatchObject({ code: "invalid-argument" });
    expect((await conversation.messages()).map(({ text }) => text)).toEqual(["Nothing to do."]);
  });
});

describe("a request", () => {
  test("that asks to be seen is answered by reading, once for all devices of a person", async () => {
    const [conversation, [, b]] = (await consult("seen", ada, ben)) as [Conversation, [Client, Client]];
    const message = await conversation.send("New ECG.", { request: { mode: "seen" } });
    const received = await at(b, message);
    await received.markRead();
    await received.markRead();
    await here.until(async () => (await message.loop())?.isClosed === true, "seen");
    expect((await message.loop())?.answers.map(({ act, person }) => [act, person])).toEqual([["seen", ben]]);
  });

  test("of any of two is closed by one, of both by both; whoever declines ends it", async () => {
    const [conversation, [, b, c]] = (await consult("persons", ada, ben, cleo)) as [
      Conversation,
      [Client, Client, Client],
    ];
    const ask = (text: string, of: string[] | { anyOf: string[] }) =>
      conversation.send(text, { intent: "action", request: { mode: "accept-decline", of } });
    const any = await ask("Any", { anyOf: [ben, cleo] });
    const both = await ask("Both", [ben, cleo]);
    await (await at(b, any)).decline("In surgery");
    await (await at(c, any)).accept();
    await here.until(async () => (await any.loop())?.isClosed === true, "one accepts");
    expect((await any.loop())?.persons.map(({ person, state }) => [person, state])).toEqual([
      [ben, "declined"],
      [cleo, "acknowledged"],
    ]);
    await (await at(b, both)).accept();
    await here.until(async () => (await both.loop())?.answers.length === 1, "one of two");
    expect(await stateOf(both)).toBe("open");
    await (await at(c, both)).decline();
    await here.until(async () => (await stateOf(both)) === "declined", "the other declines");
    expect((await any.receipts()).find(({ person }) => person === ben)?.status).not.toBe("acknowledged");
  });

  test("expires by the relay's time alone, and a late answer is kept and closes it only if confirmed", async () => {
    const [conversation, [, b]] = (await consult("late", ada, ben)) as [Conversation, [Client, Client]];
    const states: string[] = [];
    conversation.on("loop", ({ loop }) => void states.push(`${loop.state} ${loop.isOverdue}`));
    const message = await conversation.send("Call me.", {
      intent: "call",
      deadline: here.clock.now() + minute,
      request: {},
    });
    const received = await at(b, message);
    here.clock.advance(2 * minute);
    await here.settle();
    // Nothing is in the log after the deadline: only our own clock says so.
    expect(await message.loop()).toMatchObject({ state: "open", isOverdue: true });
    expect(states).toEqual(["open true"]);
    await received.acknowledge("Sorry, now");
    await here.until(async () => (await message.loop())?.answers.length === 1, "the late answer");
    expect(await message.loop()).toMatchObject({ state: "expired", isClosed: false });
    const [answer] = (await message.loop())?.answers ?? [];
    expect(answer?.isLate).toBe(true);
    await answer?.confirm();
    await here.until(async () => (await received.loop())?.isClosed === true, "confirmed late");
    expect((await received.loop())?.answers[0]?.isLate).toBe(true);
  });
});
