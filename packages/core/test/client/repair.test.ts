import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { Message } from "../../src/client/message.ts";
import { decodeContent } from "../../src/conversation/content.ts";
import { seenOf } from "../../src/conversation/send.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { failingCrypto } from "./failing-crypto.ts";
import { type Hostile, hostileClient } from "./hostile.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const mallory = "mallory@mercy.example";

let here: World;
afterEach(() => here.close());

const codes = () => here.errors.map(({ code }) => code);

/** What a client finds wrong, from now on. */
function findingsOf(client: Client): string[] {
  const found: string[] = [];
  client.on("integrity", ({ what, by }) => void found.push(`${what} ${by?.person}`));
  return found;
}
const falseClaim = `false-claim ${mallory}`;

/** Ada, and Ben whose device cannot open messages when told so, are in one conversation. */
async function consult(seed: string, others: readonly Client[] = []) {
  const crypto = failingCrypto();
  const storage = memoryStorage();
  const a = await here.client(ada);
  const b = await here.client(ben, { crypto: crypto.provider, storage });
  const opened = a.open({ members: [ben, ...others.map(({ person }) => person)] });
  await here.until(() => [b, ...others].every((client) => client.conversations().length === 1), seed);
  const conversation = await opened;
  await conversation.send("First");
  await here.until(async () => (await textsOf(b, conversation.id)).length === 1);
  return { a, b, conversation, crypto, storage };
}

const statusFor = async (message: Message, person: string) =>
  (await message.receipts()).find((item) => item.person === person)?.status;

/** How many contents the log holds, as far as a client has read it. */
async function at(client: Client, message: Message): Promise<Message | undefined> {
  const all = (await client.conversations()[0]?.messages()) ?? [];
  return all.find(({ id }) => id === message.id);
}

describe("what a device cannot read", () => {
  test("it says so, the author says it again, and it takes its place, once, for everybody", async () => {
    here = world("repair");
    const c = await here.client(cleo);
    const { b, conversation, crypto, storage } = await consult("repair", [c]);
    const told: string[] = [];
    for (const [name, client] of [
      ["ben", b],
      ["cleo", c],
    ] as const)
      client.on("message", ({ message }) => void told.push(`${name}: ${message.text || message.problem}`));
    const statuses: string[] = [];
    conversation.on("receipt", ({ by, status }) => void statuses.push(`${by} ${status}`));
    crypto.failures = 1;
    const message = await conversation.send("Potassium 6.8", { intent: "critical" });
    await here.until(async () => (await textsOf(c, conversation.id)).length === 2, "Cleo has it");
    await here.until(() => codes().includes("mls-decryption"), "Ben cannot read it");
    await here.until(async () => (await at(b, message)) !== undefined, "it is repaired");
    const [there, here_] = [await at(b, message), await at(c, message)];
    expect(there?.seq).toBe(here_?.seq);
    expect(there?.acceptedAt).toBe(here_?.acceptedAt);
    expect(await textsOf(b, conversation.id)).toEqual(["First", "Potassium 6.8"]);
    expect(await textsOf(c, conversation.id)).toEqual(["First", "Potassium 6.8"]);
    await here.until(async () => (await statusFor(message, ben)) === "delivered", "delivered in the end");
    expect(told.filter((line) => line.includes("Potassium"))).toEqual([
      "cleo: Potassium 6.8",
      "ben: Potassium 6.8",
    ]);
    expect(codes()).toEqual(["mls-decryption"]);
    // What was repaired is as durable as what was read at once, and so is the proof.
    await b.close();
    const again = await here.client(ben, { storage: storage.reopen() });
    expect(await textsOf(again, conversation.id)).toEqual(["First", "Potassium 6.8"]);
    const evidence = await again.conversations()[0]?.evidence(message.id);
    expect(evidence?.length).toBeGreaterThan(0);
  });

  test("is a state of its own until then, and no receipt covers it", async () => {
    here = world("state");
    const { b, conversation, crypto } = await consult("state");
    crypto.failures = 1;
    // A person who joins stands in the way of saying it again: she must not read what was said before.
    const message = await conversation.send("Potassium 6.8");
    const c = await here.client(cleo);
    const added = conversation.add([cleo]);
    await here.until(() => c.conversations().length === 1);
    await added;
    await here.until(async () => (await statusFor(message, ben)) === "unreadable", "unreadable");
    expect(await message.status()).toBe("unreadable");
    const proof = (await message.receipts())[0]?.proof;
    expect(proof && decodeContent(proof.content)).toMatchObject({
      type: "fault",
      faults: [{ reason: "undecryptable", leaf: 0 }],
    });
    const later = await conversation.send("Next");
    await here.until(async () => (await statusFor(later, ben)) === "delivered", "a later receipt");
    await (await at(b, later))?.markRead();
    await here.until(async () => (await statusFor(later, ben)) === "read");
    expect(await statusFor(message, ben)).toBe("unreadable");
    expect(await textsOf(c, conversation.id)).toEqual(["Next"]);
    expect(codes()).toEqual(["mls-decryption", "not-repairable"]);
  });

  test("of answers is repaired too", async () => {
    here = world("answers");
    const { b, conversation, crypto } = await consult("answers");
    const reply = await b.conversations()[0]?.send("Reading it back?", { request: {} });
    await here.until(async () => (await textsOf(b, conversation.id)).length === 2);
    await here.until(async () => (await reply?.status()) === "delivered");
    const asked = (await conversation.messages()).find(({ text }) => text === reply?.text);
    crypto.failures = 1;
    await asked?.acknowledge("6.8");
    await here.until(() => codes().includes("mls-decryption"));
    await here.until(async () => (await reply?.loop())?.isClosed === true, "the answer is there");
    expect(codes()).toEqual(["mls-decryption"]);
  });
});

describe("hostile members", () => {
  async function withMallory(seed: string) {
    here = world(seed);
    const hostile: Hostile = await hostileClient(mallory, here);
    hostile.client.on("error", () => {});
    await here.until(() => hostile.client.connection === "online");
    const all = await consult(seed, [hostile.client]);
    return { ...all, hostile };
  }
  const placeOf = async (conversation: Conversation, text: string) =>
    (await conversation.messages()).find((message) => message.text === text)?.seq as number;

  test("make a message be said again once at most, and only of those that are there", async () => {
    const { b, conversation, hostile } = await withMallory("flood");
    const seq = await placeOf(conversation, "First");
    for (let i = 0; i < 5; i++) {
      await hostile.say("receipt", ({ state }) => ({
        type: "fault",
        seen: seenOf(state),
        faults: [{ seq, from: seq, reason: "undecryptable", leaf: 0 }],
      }));
      await here.settle();
    }
    await conversation.send("Last");
    await here.until(async () => (await textsOf(b, conversation.id)).length === 2);
    const last = await placeOf(conversation, "Last");
    // Five faults, one repair, receipts of three devices for two messages.
    expect(last - seq).toBeLessThanOrEqual(5 + 1 + 3 + 1);
    await here.settle();
    expect(await textsOf(b, conversation.id)).toEqual(["First", "Last"]);
    await hostile.client.close();
  });

  test("cannot claim to have missed what was said while they had a place", async () => {
    const { a, conversation, hostile } = await withMallory("missed");
    const findings = findingsOf(a);
    const [first] = await conversation.messages();
    await hostile.say("receipt", ({ state }) => ({
      type: "fault",
      seen: seenOf(state),
      faults: [{ seq: first?.seq ?? 0, from: 1, reason: "missed", leaf: undefined }],
    }));
    await here.until(() => findings.includes(falseClaim), "refused and told");
    expect(await statusFor(first as Message, mallory)).not.toBe("unreadable");
    await hostile.client.close();
  });

  test("cannot fill a gap with words of their own", async () => {
    const { b, conversation, crypto, hostile } = await withMallory("gap");
    const findings = findingsOf(b);
    // Neither what Ada says nor what she says again.
    crypto.failures = 2;
    await conversation.send("Potassium 6.8");
    await here.until(() => crypto.failures === 0);
    const seq = await placeOf(conversation, "Potassium 6.8");
    await hostile.say("application", ({ state }) => ({
      type: "again",
      seen: seenOf(state),
      ofSeq: seq,
      content: new Uint8Array(40),
      signature: new Uint8Array(64),
      opening: {
        key: new Uint8Array(16),
        nonce: new Uint8Array(12),
        encryptedSenderData: new Uint8Array(28),
        length: 400,
        authenticatedData: new Uint8Array(),
      },
    }));
    await here.until(() => findings.includes(falseClaim), "refused");
    expect((await b.conversations()[0]?.messages())?.find((item) => item.seq === seq)?.problem).toBe(
      "mls-decryption",
    );
    await hostile.client.close();
  });

  test("cannot put what they have said elsewhere, signed as it is, where something of theirs was not read", async () => {
    const { b, conversation, crypto, hostile } = await withMallory("elsewhere");
    const findings = findingsOf(b);
    const [theirs] = hostile.client.conversations() as [Conversation];
    await theirs.send("Potassium 3.8");
    await here.until(async () => (await textsOf(b, conversation.id)).length === 2);
    crypto.failures = 2;
    await theirs.send("Potassium 6.8");
    await here.until(() => crypto.failures === 0, "neither the message nor its repair is read");
    const [first, second] = [await placeOf(theirs, "Potassium 3.8"), await placeOf(theirs, "Potassium 6.8")];
    const { content, signature, opening } = await hostile.record(first);
    if (opening === undefined) throw new Error("What was said can be opened.");
    await hostile.say("application", ({ state }) => {
      return { type: "again", seen: seenOf(state), ofSeq: second, content, signature, opening };
    });
    await here.until(() => findings.includes(falseClaim), "refused");
    // Two places stay unread: that of the message, and that of what was said again.
    expect(await textsOf(b, conversation.id)).toEqual(["First", "Potassium 3.8", "", ""]);
    await hostile.client.close();
  });

  test("cannot report what is not there, nor of what came before them", async () => {
    const { b, conversation, hostile } = await withMallory("beyond");
    const findings = findingsOf(b);
    await hostile.say("receipt", ({ state }) => {
      const seen = seenOf(state);
      return {
        type: "receipt",
        level: "displayed",
        upTo: seen.seq + 50,
        seen: { ...seen, seq: seen.seq + 50 },
        exceptions: [],
      };
    });
    await here.until(() => findings.includes(falseClaim), "refused and told");
    const message = await conversation.send("Later");
    await here.until(async () => (await message.status()) !== "queued");
    expect(await statusFor(message, mallory)).not.toBe("read");
    await hostile.client.close();
  });
});
