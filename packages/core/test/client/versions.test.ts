import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { Message } from "../../src/client/message.ts";
import { fromHex } from "../../src/codec/hex.ts";
import type { Details, RecallContent, TextContent } from "../../src/conversation/content.ts";
import { seenOf } from "../../src/conversation/send.ts";
import type { Step } from "../../src/conversation/step.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { failingCrypto } from "./failing-crypto.ts";
import { hostileClient } from "./hostile.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const mallory = "mallory@mercy.example";

let here: World;
afterEach(() => here.close());

/** A conversation that the first of these clients opens and all others are in. */
async function consult(...clients: [Client, ...Client[]]): Promise<Conversation> {
  const [first, ...others] = clients;
  const persons = new Set(others.map(({ person }) => person));
  persons.delete(first.person);
  const opened = first.open({ members: [...persons] });
  await here.until(() => clients.every((client) => client.conversations().length === 1), "joining");
  return opened;
}

const only = (client: Client): Conversation => client.conversations()[0] as Conversation;

/** The message, or version, with this id at another client, once it has its place there. */
async function at(client: Client, { id }: { readonly id: string }): Promise<Message> {
  let found: Message | undefined;
  await here.until(async () => {
    found = await only(client).message(id);
    return found !== undefined;
  }, "arrival");
  return found as Message;
}

/** Waits until a message has come so far, while time passes. */
async function reach(message: Message, status: "delivered" | "read" | "acknowledged"): Promise<void> {
  const reached = message.reached(status);
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  reached.then(over, over);
  await here.until(() => isOver, status);
  await reached;
}

/** What a client shows of its one conversation: each message as it counts now, with all its versions. */
async function shown(client: Client): Promise<string[]> {
  const lines: string[] = [];
  for (const message of await only(client).messages()) {
    const versions = (await message.versions.all()).map(said);
    lines.push(`${said(await message.versions.current())} of ${versions.join(" | ")}`);
  }
  return lines;
}
const said = ({ text, isRecall, reason, problem }: Message) =>
  problem ?? (isRecall ? `recalled: ${reason}` : text);

/** Notes what a client is told. */
function toldTo(client: Client): string[] {
  const told: string[] = [];
  client.on("message", ({ message }) => void told.push(`message ${said(message)}`));
  client.on("version", ({ message, version }) => void told.push(`${said(message)} -> ${said(version)}`));
  client.on("reaction", ({ message, by, reaction }) => {
    told.push(`${by.person.slice(0, 3)} at ${said(message)}: ${reaction}`);
  });
  client.on("integrity", ({ what, by }) => void told.push(`${what} ${by?.person}`));
  return told;
}

describe("an edit", () => {
  test("is a version with receipts of its own; the first one stays as it was, and in its place", async () => {
    here = world("edit");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const told = toldTo(b);
    const conversation = await consult(a, b);
    const message = await conversation.send("Potassium 6.8, bed 21.");
    await conversation.send("Next");
    await at(b, message);
    await reach(message, "delivered");
    const edit = await message.edit("Potassium 6.8, bed 12.");
    expect([edit.replaces, edit.seq, await edit.status()]).toEqual([message.id, undefined, "queued"]);
    // What waits to be sent counts already where it was said.
    expect((await message.versions.current()).id).toBe(edit.id);
    const received = await at(b, edit);
    await reach(edit, "delivered");
    await received.markRead();
    await reach(edit, "read");
    for (const client of [a, b])
      expect(await shown(client)).toEqual([
        "Potassium 6.8, bed 12. of Potassium 6.8, bed 21. | Potassium 6.8, bed 12.",
        "Next of Next",
      ]);
    expect((await received.versions.all()).map(({ seq }) => seq)).toEqual(
      (await message.versions.all()).map(({ seq }) => seq),
    );
    expect((await (await at(b, message)).versions.current()).device).toBe("phone");
    expect(told).toEqual([
      "message Potassium 6.8, bed 21.",
      "message Next",
      "Potassium 6.8, bed 21. -> Potassium 6.8, bed 12.",
    ]);
    expect(here.errors).toEqual([]);
  });

  test("of an edit is a version of the first one, and so is one made before anything was sent", async () => {
    here = world("chain");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const conversation = await consult(a, b);
    const message = await conversation.send("One");
    const second = await message.edit("Two");
    const third = await second.edit("Three");
    expect([second.replaces, third.replaces]).toEqual([message.id, message.id]);
    await at(b, third);
    expect(await shown(b)).toEqual(["Three of One | Two | Three"]);
    expect(await shown(a)).toEqual(["Three of One | Two | Three"]);
    expect((await conversation.messages()).map(({ text }) => text)).toEqual(["One"]);
  });

  test("keeps what it does not change: what is wanted, until when, of whom, and what it answers", async () => {
    here = world("keeps");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const conversation = await consult(a, b);
    const question = await conversation.send("Which bed?");
    const answered = await at(b, question);
    const deadline = here.clock.now() + 600_000;
    const reply = await only(b).send("Bed 21", {
      inReplyTo: answered,
      intent: "action",
      deadline,
      request: { of: [ada], mode: "accept-decline" },
    });
    const edit = await reply.edit("Bed 12");
    const later = { deadline: deadline + 1, intent: "critical" } as const;
    const last = await (await at(b, edit)).edit("Bed 12, at once", later);
    for (const version of [edit, last]) {
      expect(version.inReplyTo).toBe(question.id);
      expect(version.request).toEqual(reply.request);
    }
    expect([edit.intent, edit.deadline, last.intent, last.deadline]).toEqual([
      "action",
      deadline,
      "critical",
      deadline + 1,
    ]);
    const fyi = await last.edit("Bed 12", { intent: "fyi" }).catch((error: unknown) => error);
    expect(fyi).toMatchObject({ intent: "fyi", deadline: undefined });
  });

  test("is refused at the call where it is not the person's, was recalled, or will never be sent", async () => {
    here = world("refused");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const conversation = await consult(a, b);
    const message = await conversation.send("One");
    const foreign = await at(b, message);
    for (const change of [foreign.edit("x"), foreign.recall()])
      await expect(change).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(message.edit("")).rejects.toMatchObject({ code: "empty-text" });
    await expect(message.recall("x".repeat(1_025))).rejects.toMatchObject({ code: "invalid-argument" });
    await message.recall("Wrong patient");
    for (const change of [message.edit("x"), message.recall()])
      await expect(change).rejects.toMatchObject({ code: "message-recalled" });
    await here.until(async () => (await only(b).messages()).length === 1);
    await here.until(async () => (await only(b).message(message.id)) !== undefined);
    expect(await shown(b)).toEqual(["recalled: Wrong patient of One | recalled: Wrong patient"]);
    expect(await foreign.versions.all()).toHaveLength(2);
  });

  test("of another device of the person counts, and of two at once the one later in the log", async () => {
    here = world("devices");
    const [a, tablet, b] = [
      await here.client(ada),
      await here.client(ada, { device: "tablet" }),
      await here.client(ben),
    ];
    const conversation = await consult(a, b, tablet);
    const message = await conversation.send("Potassium 8.6");
    const there = await at(tablet, message);
    const [one, other] = await Promise.all([message.edit("Potassium 6.8"), there.edit("Potassium 6.8!")]);
    for (const version of [one, other]) await reach(version, "delivered");
    for (const client of [a, tablet, b]) await Promise.all([at(client, one), at(client, other)]);
    const all = await Promise.all([a, tablet, b].map(shown));
    expect(new Set(all.map(String)).size).toBe(1);
    const versions = await (await at(b, message)).versions.all();
    expect(versions.map(({ device }) => device).sort()).toEqual(["phone", "phone", "tablet"]);
    expect((await message.versions.current()).seq).toBe(Math.max(...versions.map(({ seq }) => seq ?? 0)));
    expect(here.errors).toEqual([]);
  });

  test("and a recall stay what they are after their author has left, for everybody who is there", async () => {
    here = world("left");
    const [a, b, c] = [await here.client(ada), await here.client(ben), await here.client(cleo)];
    const conversation = await consult(a, b, c);
    const message = await conversation.send("One");
    await message.edit("Two");
    const gone = await conversation.send("Three");
    await at(b, await gone.recall("Wrong patient"));
    const leaving = conversation.leave();
    await here.until(() => only(b).members().length === 2, "Ada is gone");
    await leaving;
    for (const client of [b, c])
      expect(await shown(client)).toEqual([
        "Two of One | Two",
        "recalled: Wrong patient of Three | recalled: Wrong patient",
      ]);
    await expect(message.edit("x")).rejects.toMatchObject({ code: "not-a-member" });
  });

  test("is found again after a restart, and on its pages a history has each message once", async () => {
    here = world("pages");
    const storage = memoryStorage();
    const [a, b] = [await here.client(ada), await here.client(ben, { storage })];
    const conversation = await consult(a, b);
    const messages: Message[] = [];
    for (let i = 0; i < 6; i++) messages.push(await conversation.send(`${i}`));
    for (let round = 0; round < 3; round++)
      for (const [i, message] of messages.entries()) await message.edit(`${i} ${round}`);
    const last = await conversation.send("Last");
    await at(b, last);
    await b.close();
    const again = only(await here.client(ben, { storage: storage.reopen() }));
    const texts = async (range: Parameters<Conversation["messages"]>[0]) =>
      (await again.messages(range)).map(({ text }) => text);
    expect(await texts({ limit: 3 })).toEqual(["4", "5", "Last"]);
    const [fourth] = await again.messages({ limit: 3 });
    expect(await texts({ limit: 3, before: fourth?.seq ?? 0 })).toEqual(["1", "2", "3"]);
    expect(await texts({ limit: 3, after: fourth?.seq ?? 0 })).toEqual(["5", "Last"]);
    expect((await fourth?.versions.current())?.text).toBe("4 2");
  });
});

describe("a recall", () => {
  test("is shown as such, for good: nothing is forgotten, and an edit that crossed it changes nothing", async () => {
    here = world("recall");
    const [a, tablet, b] = [
      await here.client(ada),
      await here.client(ada, { device: "tablet" }),
      await here.client(ben),
    ];
    const conversation = await consult(a, b, tablet);
    const message = await conversation.send("Potassium 6.8, Mr Oak");
    const there = await at(tablet, message);
    const told = toldTo(b);
    const [recall, edit] = await Promise.all([message.recall("Wrong patient"), there.edit("Potassium 6.9")]);
    for (const client of [a, tablet, b]) await Promise.all([at(client, recall), at(client, edit)]);
    const received = await at(b, message);
    const current = await received.versions.current();
    expect([current.isRecall, current.reason, current.text, current.problem]).toEqual([
      true,
      "Wrong patient",
      "",
      undefined,
    ]);
    expect((await received.versions.all()).map(said).sort()).toEqual([
      "Potassium 6.8, Mr Oak",
      "Potassium 6.9",
      "recalled: Wrong patient",
    ]);
    await reach(recall, "delivered");
    await current.acknowledge("Disregarded");
    await reach(recall, "acknowledged");
    // It did not know of it: late, and nobody's fault.
    expect(told.filter((line) => line.startsWith("false-claim"))).toEqual([]);
    expect(here.errors).toEqual([]);
  });
});

describe("a reaction", () => {
  test("stands once for each person, is changed and taken back, and is about one version", async () => {
    here = world("reactions");
    const storage = memoryStorage();
    const [a, b, c] = [await here.client(ada), await here.client(ben, { storage }), await here.client(cleo)];
    const conversation = await consult(a, b, c);
    const message = await conversation.send("5 mg");
    const told = toldTo(a);
    const [atBen, atCleo] = [await at(b, message), await at(c, message)];
    const signs = async (of: Message) =>
      (await of.reactions.all()).map(({ person, reaction }) => `${person.slice(0, 3)} ${reaction}`).sort();
    await atBen.reactions.add("👍");
    expect(await signs(atBen)).toEqual(["ben 👍"]);
    await atCleo.reactions.add("❤");
    await here.until(async () => (await signs(message)).length === 2, "both");
    await atBen.reactions.add("👀");
    await here.until(async () => (await signs(message)).includes("ben 👀"), "changed");
    await atCleo.reactions.remove();
    await atCleo.reactions.remove();
    await here.until(async () => (await signs(message)).length === 1, "taken back");
    const edit = await message.edit("50 mg");
    await (await at(c, edit)).reactions.add("👎");
    await here.until(async () => (await signs(edit)).length === 1, "of the edit");
    for (const of of [message, atBen, atCleo]) expect(await signs(of)).toEqual(["ben 👀"]);
    expect((await conversation.messages()).map(({ text }) => text)).toEqual(["5 mg"]);
    expect(told.filter((line) => line.includes(" at "))).toEqual([
      "ben at 5 mg: 👍",
      "cle at 5 mg: ❤",
      "ben at 5 mg: 👀",
      "cle at 5 mg: undefined",
      "cle at 50 mg: 👎",
    ]);
    expect((await message.receipts()).map(({ status }) => status)).not.toContain("acknowledged");
    await b.close();
    const again = await here.client(ben, { storage: storage.reopen() });
    expect(await signs(await at(again, message))).toEqual(["ben 👀"]);
    expect(here.errors).toEqual([]);
  });

  test("is refused where it is long, empty, or at what cannot be read", async () => {
    here = world("bad reactions");
    const crypto = failingCrypto();
    const [a, b] = [await here.client(ada), await here.client(ben, { crypto: crypto.provider })];
    const conversation = await consult(a, b);
    const message = await conversation.send("5 mg");
    const code = "invalid-argument";
    for (const sign of ["", "x".repeat(65), "\uD83D"])
      await expect(message.reactions.add(sign)).rejects.toMatchObject({ code });
    await at(b, message);
    crypto.failures = 2;
    await conversation.send("6 mg");
    await here.until(async () => (await only(b).messages()).at(-1)?.problem === "mls-decryption");
    const gap = (await only(b).messages()).at(-1);
    await expect(gap?.reactions.add("👍")).rejects.toMatchObject({ code });
    await expect(gap?.edit("x")).rejects.toMatchObject({ code });
  });
});

describe("what is not known", () => {
  test("keeps its edit: a newcomer sees the first version that is for them, and its later ones", async () => {
    here = world("newcomer");
    const [a, b, c] = [await here.client(ada), await here.client(ben), await here.client(cleo)];
    const conversation = await consult(a, b);
    const message = await conversation.send("One");
    await at(b, message);
    const told = toldTo(c);
    const added = conversation.add([cleo]);
    await here.until(() => c.conversations().length === 1);
    await added;
    const second = await message.edit("Two");
    const third = await message.edit("Three");
    await at(c, third);
    expect(await shown(c)).toEqual(["Three of Two | Three"]);
    expect((await at(c, second)).replaces).toBe(message.id);
    expect(await shown(b)).toEqual(["Three of One | Two | Three"]);
    await here.settle();
    expect(told).toEqual(["message Two", "Two -> Three"]);
    await at(c, await message.recall());
    expect(await shown(c)).toEqual(["recalled: undefined of Two | Three | recalled: undefined"]);
  });

  test("is told of once it is: an edit and a reaction of what could not be read count when it is said again", async () => {
    here = world("gap");
    const crypto = failingCrypto();
    const [a, b, c] = [
      await here.client(ada),
      await here.client(ben, { crypto: crypto.provider }),
      await here.client(cleo),
    ];
    const conversation = await consult(a, b, c);
    await at(b, await conversation.send("First"));
    const told = toldTo(b);
    crypto.failures = 1;
    const [message, edit] = await Promise.all([conversation.send("5 mg"), conversation.send("x")]);
    expect(edit.text).toBe("x");
    const version = await message.edit("50 mg");
    await (await at(c, version)).reactions.add("👍");
    await here.until(async () => (await only(b).message(message.id)) !== undefined, "the repair");
    await here.until(async () => (await (await at(b, version)).reactions.all()).length === 1, "the reaction");
    await here.settle();
    expect((await shown(b)).sort()).toEqual(["50 mg of 5 mg | 50 mg", "First of First", "x of x"]);
    expect(await shown(b)).toEqual(await shown(c));
    expect(told).toContain("5 mg -> 50 mg");
    expect(told.at(-1)).toBe("cle at 50 mg: 👍");
    expect(told.filter((line) => line === "5 mg -> 50 mg")).toHaveLength(1);
  });
});

describe("what is forgotten in time", () => {
  test("leaves its later versions, the first of which stands for it; what was said last goes last", async () => {
    here = world("forgotten");
    const hour = 3_600_000;
    const storage = memoryStorage();
    const [a, b] = [await here.client(ada), await here.client(ben, { storage, retention: () => 48 * hour })];
    const conversation = await consult(a, b);
    const pass = async (hours: number): Promise<void> => {
      for (let passed = 0; passed < hours; passed++) {
        here.clock.advance(hour);
        await here.settle();
      }
    };
    const message = await conversation.send("5 mg");
    await (await at(b, message)).reactions.add("👍");
    await pass(40);
    const edit = await message.edit("50 mg");
    await at(b, edit);
    expect(await shown(b)).toEqual(["50 mg of 5 mg | 50 mg"]);
    await pass(20);
    await here.until(async () => (await only(b).message(message.id)) === undefined, "the first one is gone");
    expect(await shown(b)).toEqual(["50 mg of 50 mg"]);
    expect(await only(b).evidence(edit.id)).toBeInstanceOf(Uint8Array);
    // An edit of what is forgotten here is kept as any other.
    const again = await at(b, await message.edit("0.5 mg"));
    expect(await shown(b)).toEqual(["0.5 mg of 50 mg | 0.5 mg"]);
    await pass(60);
    await here.until(async () => (await only(b).message(again.id)) === undefined, "all is gone");
    expect(await shown(b)).toEqual([]);
    const names = (await storage.list("conversation")).map(({ key }) => key);
    expect(names.filter((name) => /\/(?:version|reaction|message)\//.test(name))).toEqual([]);
    expect(await shown(a)).toEqual(["0.5 mg of 5 mg | 50 mg | 0.5 mg"]);
  });
});

describe("hostile members", () => {
  /** Mallory, Ada and Ben; Mallory says what no client of ours would. */
  async function withMallory(seed: string) {
    here = world(seed);
    const hostile = await hostileClient(mallory, here);
    await here.until(() => hostile.client.connection === "online");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const told = toldTo(b);
    const conversation = await consult(a, b, hostile.client);
    let count = 0;
    const details = ({ state, tools }: Step, seen?: Details["seen"]): Details => ({
      seen: seen ?? seenOf(state),
      deviceCounter: state.deviceCounter + ++count,
      givenUp: [],
      sentAt: tools.now,
      intent: "fyi",
    });
    const salt = (): Uint8Array => new Uint8Array(16).fill(count);
    type Change = Pick<TextContent, "type" | "text" | "replaces"> | Pick<RecallContent, "type" | "replaces">;
    const say = (change: Change, seen?: Details["seen"]) =>
      hostile.say("application", (step) => ({ ...change, details: details(step, seen), salt: salt() }));
    return { a, b, conversation, hostile, say, told };
  }

  test("cannot edit or recall what somebody else wrote: it is told, and has no effect", async () => {
    const { a, b, conversation, hostile, say, told } = await withMallory("other person");
    const message = await conversation.send("5 mg", { request: { of: [ben] } });
    await at(hostile.client, message);
    await (await at(b, message)).acknowledge();
    await here.until(async () => (await message.loop())?.isClosed === true);
    const replaces = fromHex(message.id);
    await say({ type: "text", text: "50 mg", replaces });
    await say({ type: "recall", replaces });
    await here.until(() => told.filter((line) => line === `false-claim ${mallory}`).length === 2, "told");
    for (const client of [a, b, hostile.client]) expect(await shown(client)).toEqual(["5 mg of 5 mg"]);
    expect(await message.loop()).toMatchObject({ state: "acknowledged", isClosed: true });
    expect(told.filter((line) => line.includes("->"))).toEqual([]);
    await hostile.client.close();
  });

  test("cannot hide what they say: an edit of an edit counts for nothing, and one of nothing is shown", async () => {
    const { b, conversation, hostile, say, told } = await withMallory("no first");
    const own = await only(hostile.client).send("One");
    const edit = await only(hostile.client).message((await own.edit("Two")).id);
    expect(edit).toBeUndefined();
    const version = (await (await at(b, own)).versions.all()).at(-1) as Message;
    await here.until(async () => (await (await at(b, own)).versions.all()).length === 2);
    const second = (await (await at(b, own)).versions.all()).at(-1) as Message;
    expect(version.from).toBe(mallory);
    await say({ type: "text", text: "Three", replaces: fromHex(second.id) });
    await here.until(() => told.includes(`false-claim ${mallory}`), "told");
    await say({ type: "text", text: "Four", replaces: new Uint8Array(32).with(0, 1) });
    const last = await conversation.send("Last");
    await at(b, last);
    expect(await shown(b)).toEqual(["Two of One | Two", "Four of Four", "Last of Last"]);
    await hostile.client.close();
  });

  test("cannot edit what they have recalled: it is kept and still recalled, and nobody is accused, since a device that was put back may not know", async () => {
    const { b, hostile, say, told } = await withMallory("after recall");
    const own = await only(hostile.client).send("One");
    const recall = await own.recall();
    await at(hostile.client, recall);
    await say({ type: "text", text: "Two", replaces: fromHex(own.id) });
    await here.until(async () => (await shown(b))[0]?.includes("Two") === true, "kept");
    expect(await shown(b)).toEqual(["recalled: undefined of One | recalled: undefined | Two"]);
    expect(told.filter((what) => what.startsWith("false-claim"))).toEqual([]);
    await hostile.client.close();
  });
});

describe("a request that is edited", () => {
  const minute = 60_000;

  test("is open again, answers are to the version that was read, and escalation goes on", async () => {
    here = world("reopened");
    const [a, b, c] = [await here.client(ada), await here.client(ben), await here.client(cleo)];
    const conversation = await consult(a, b, c);
    const message = await conversation.send("5 mg. Please read back.", {
      intent: "critical",
      request: {
        of: [ben],
        values: [{ name: "dose", value: "5", unit: "mg" }],
        escalation: [{ after: 5 * minute, to: [cleo] }],
      },
    });
    const received = await at(b, message);
    await received.readBack([{ name: "dose", value: "5", unit: "mg" }]);
    await here.until(async () => (await message.loop())?.state === "acknowledged");
    await (await message.loop())?.answers[0]?.confirm();
    await here.until(async () => (await received.loop())?.isClosed === true, "closed");
    const states: string[] = [];
    b.on("loop", ({ message: of, loop }) => void states.push(`${of.id === message.id} ${loop.state}`));

    const dose = { name: "dose", value: "0.5", unit: "mg" };
    const edit = await message.edit("0.5 mg. Please read back.", {
      request: { of: [ben], values: [dose], escalation: [{ after: 5 * minute, to: [cleo] }] },
    });
    const version = await at(b, edit);
    await here.until(() => states.includes("true open"), "told");
    for (const each of [message, edit, received, version]) {
      const loop = await each.loop();
      expect([loop?.state, loop?.answers.map(({ isOutdated }) => isOutdated)]).toEqual(["open", [true]]);
    }
    // Whoever still answers what they had read answers something else.
    expect(await received.readBack([{ name: "dose", value: "5", unit: "mg" }])).toEqual([]);
    await here.until(async () => (await message.loop())?.answers.length === 2);
    expect(await message.loop()).toMatchObject({ state: "open" });

    const closed = edit.closed();
    await here.settle();
    here.clock.advance(6 * minute);
    await here.until(async () => (await message.loop())?.fired.length === 1, "the step");
    expect(await version.readBack([dose])).toEqual([]);
    await here.until(async () => (await message.loop())?.state === "acknowledged", "read back");
    await (await message.loop())?.answers.at(-1)?.confirm();
    expect(await closed).toMatchObject({ state: "confirmed" });
    expect((await edit.receipts()).find(({ person }) => person === ben)?.status).toBe("acknowledged");
    here.clock.advance(10 * minute);
    await here.settle();
    expect((await message.loop())?.fired).toHaveLength(1);
    expect(here.errors).toEqual([]);
  });

  test("has each step said once and its deadline told once, however often it is edited", async () => {
    here = world("once");
    let said = 0;
    const counted = async (person: string): Promise<Client> => {
      const transport = interposedTransport(here.relay.transport(), {
        fromClient(message) {
          const { request } = message.type === "request" ? message : {};
          if (request?.type === "append" && request.kind === "application") said += 1;
          return undefined;
        },
      });
      const client = await here.client(person, { transport });
      await here.until(() => client.connection === "online");
      return client;
    };
    const [a, b, c] = [await counted(ada), await counted(ben), await counted(cleo)];
    const conversation = await consult(a, b, c);
    const message = await conversation.send("Call me", {
      intent: "call",
      deadline: here.clock.now() + 3 * minute,
      request: { of: [ben], escalation: [{ after: minute, to: [cleo] }] },
    });
    await message.edit("Call me, 4711");
    await at(c, await message.edit("Call me, 4712"));
    expect(said).toBe(3);
    const states: string[] = [];
    b.on("loop", ({ loop }) => void states.push(`${loop.state} ${loop.isOverdue} ${loop.fired.length}`));
    const pass = async (milliseconds: number) => {
      for (let passed = 0; passed < milliseconds; passed += 500) {
        here.clock.advance(500);
        await here.settle();
      }
    };
    await pass(2 * minute);
    expect([said, states]).toEqual([4, ["open false 1"]]);
    await pass(2 * minute);
    expect([said, states]).toEqual([4, ["open false 1", "open true 1"]]);
    await at(b, await conversation.send("Anybody?"));
    await here.settle();
    expect(states).toEqual(["open false 1", "open true 1", "expired true 1"]);
    // Only the newest version has a deadline that is watched; a new one opens the loop again.
    await at(b, await message.edit("Call me, please", { deadline: here.clock.now() + 5 * minute }));
    await here.until(() => states.length === 4);
    await pass(10 * minute);
    expect([said, states.slice(3)]).toEqual([6, ["open false 1", "open true 1"]]);
  });

  test("is seen anew, and one that is recalled is over: nothing is said of it any more", async () => {
    here = world("seen again");
    const [a, b, c] = [await here.client(ada), await here.client(ben), await here.client(cleo)];
    const conversation = await consult(a, b, c);
    const message = await conversation.send("ECG", { request: { mode: "seen", of: [ben] } });
    await (await at(b, message)).markRead();
    await here.until(async () => (await message.loop())?.isClosed === true, "seen");
    const edit = await message.edit("New ECG");
    await here.until(async () => (await message.loop())?.isClosed === false, "open again");
    await (await at(b, edit)).markRead();
    await here.until(async () => (await message.loop())?.isClosed === true, "seen again");
    expect((await message.loop())?.answers.map(({ isOutdated }) => isOutdated)).toEqual([true, false]);

    const other = await conversation.send("Call me", {
      intent: "call",
      deadline: here.clock.now() + 3 * minute,
      request: { of: [ben], escalation: [{ after: minute, to: [cleo] }] },
    });
    await at(b, other);
    const closing = expect(other.closed()).rejects.toMatchObject({ code: "message-recalled" });
    const states: string[] = [];
    b.on("loop", ({ loop }) => void states.push(loop.state));
    await at(b, await other.recall("Found him"));
    await closing;
    await expect(other.closed()).rejects.toMatchObject({ code: "message-recalled" });
    here.clock.advance(5 * minute);
    await at(b, await conversation.send("Something else"));
    here.clock.advance(5 * minute);
    await here.settle();
    expect(await other.loop()).toMatchObject({ state: "recalled", fired: [], next: undefined });
    expect(states).toEqual(["recalled"]);
    expect(here.errors).toEqual([]);
  });

  test("by a client that does not say it again keeps it all the same", async () => {
    here = world("kept");
    const hostile = await hostileClient(mallory, here);
    await here.until(() => hostile.client.connection === "online");
    const b = await here.client(ben);
    await consult(hostile.client, b);
    const dose = { name: "dose", value: "5", unit: "mg" };
    const message = await only(hostile.client).send("5 mg", {
      intent: "critical",
      request: { of: [ben], values: [dose] },
    });
    await at(hostile.client, message);
    await hostile.say("application", ({ state, tools }) => ({
      type: "text",
      text: "5 mg twice",
      replaces: fromHex(message.id),
      salt: new Uint8Array(16),
      details: { seen: seenOf(state), deviceCounter: 2, givenUp: [], sentAt: tools.now, intent: "critical" },
    }));
    const received = await at(b, message);
    await here.until(async () => (await received.versions.all()).length === 2);
    const version = await received.versions.current();
    expect(version.request).toBeUndefined();
    expect(await version.readBack([dose])).toEqual([]);
    await here.until(async () => (await version.loop())?.state === "acknowledged", "the answer");
    expect((await version.receipts())[0]?.status).toBe("acknowledged");
    await hostile.client.close();
  });
});
