import type { CipherSuite } from "@readback/core/crypto";
import { entryHash, verifyHead } from "@readback/core/log";
import { hex, type LogEntry } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { Device, farAhead } from "./device.ts";
import { logInAll, Member, makeConversation } from "./member.ts";
import { crypto, makeWorld, type World } from "./world.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const suite = crypto.suite(2) as CipherSuite;
const subscribe = { type: "subscribe", inboxAfter: 0 } as const;

async function pair(limits = {}): Promise<[Member, Member, World]> {
  const world = await makeWorld({ limits });
  const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
  return [a, b, world];
}

/** The next push, which has to be an entry. */
async function nextEntry(device: Device): Promise<LogEntry> {
  const push = await device.next();
  if (push.type !== "entry") throw new Error(`expected an entry, found ${push.type}`);
  const { entry, head } = push;
  expect(verifyHead(suite, device.challenge.logKey, head)).toBe(true);
  expect([head.seq, hex(head.entryHash)]).toEqual([entry.header.seq, hex(entryHash(suite, entry.header))]);
  return entry;
}

/** Another connection of the same device. */
async function again({ device, conversation, group }: Member): Promise<Member> {
  const second = Object.assign(new Device(device.world, device.name), { keys: device.keys });
  await second.logIn();
  return Object.assign(new Member(second, conversation), { group });
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe("a subscription", () => {
  test("tells where each log ends", async () => {
    const [a, b, world] = await pair();
    const other = new Member(b.device, world.random(32));
    await other.create();
    await a.say("hello");
    const heads = [
      { conversation: b.conversation, seq: 3 },
      { conversation: other.conversation, seq: 1 },
    ];
    const answer = await b.device.request(subscribe);
    expect(answer).toEqual({ type: "subscribed", heads: expect.arrayContaining(heads) });
    expect((await a.device.request(subscribe)) as object).toEqual({ type: "subscribed", heads: [heads[0]] });
  });

  test("lets the relay forget what the device holds and could not say so, and nothing else", async () => {
    const [, b, world] = await pair();
    const inbox = async () => (await world.store.readInbox(ben, 0, 1_000_000)).map(({ index }) => index);
    const [index = 0] = await inbox();
    expect(index).toBeGreaterThan(0);
    await b.device.request({ ...subscribe, inboxAfter: index - 1 });
    expect(await inbox()).toEqual([index]);
    await (await again(b)).device.request({ ...subscribe, inboxAfter: index });
    expect(await inbox()).toEqual([]);
  });

  test("pushes every entry once, in order, to every connection of every member", async () => {
    const [a, b] = await pair();
    const second = await again(b);
    for (const { device } of [a, b, second]) await device.request({ ...subscribe, inboxAfter: farAhead });
    for (const text of ["one", "two", "three"]) await a.say(text);
    for (const { device } of [b, second]) {
      for (const seq of [3, 4, 5]) expect((await nextEntry(device)).header.seq).toBe(seq);
    }
    expect(b.device.pushes).toEqual([]);
  });

  test("leaves the payload out where the device submitted it, on all its connections", async () => {
    const [a, b] = await pair();
    const second = await again(a);
    for (const { device } of [a, b, second]) await device.request({ ...subscribe, inboxAfter: farAhead });
    const payload = a.encrypt("hello");
    await a.append({ payload });
    expect((await nextEntry(a.device)).payload).toBeUndefined();
    expect((await nextEntry(second.device)).payload).toBeUndefined();
    expect((await nextEntry(b.device)).payload).toEqual(payload);
  });

  test("pushes no entry twice where the submission was", async () => {
    const [a, b] = await pair();
    await b.device.request({ ...subscribe, inboxAfter: farAhead });
    const payload = a.encrypt("hello");
    await a.append({ payload });
    await a.append({ payload });
    await a.say("next");
    expect([(await nextEntry(b.device)).header.seq, (await nextEntry(b.device)).header.seq]).toEqual([3, 4]);
  });

  test("pushes nothing before it is asked for, and nothing of others", async () => {
    const [a, b, world] = await pair();
    const [c] = (await logInAll(world, "cy@clinic.example/phone")) as [Device];
    await c.request(subscribe);
    await a.say("hello");
    await settle();
    expect([...b.device.pushes, ...c.pushes]).toEqual([]);
  });

  test("misses nothing and repeats nothing while it begins", async () => {
    const [a, b] = await pair();
    const says = [];
    for (let count = 0; count < 30; count++) {
      says.push(a.say(`message ${count}`));
      if (count === 10) says.push(b.device.request(subscribe));
      await Promise.resolve();
    }
    const answers = await Promise.all(says);
    const heads = answers.flatMap((answer) => (answer.type === "subscribed" ? answer.heads : []));
    const from = (heads[0]?.seq ?? 0) + 1;
    expect(from).toBeLessThan(32);
    const entries = () => b.device.pushes.filter(({ type }) => type === "entry");
    const seqs = entries().map((push) => (push.type === "entry" ? push.entry.header.seq : 0));
    expect(seqs).toEqual(Array.from({ length: 33 - from }, (_, index) => from + index));
  });

  test("begins with the commit for a device that is added, and ends with the one that removes it", async () => {
    const [a, b, world] = await pair();
    const [device] = (await logInAll(world, "cy@clinic.example/phone")) as [Device];
    const c = new Member(device, a.conversation);
    await device.request(subscribe);
    await a.commit([await c.invitation()]);
    b.take((await b.fetch(2)).entries[0] as LogEntry);
    const pushes = [await device.next(), await device.next()].sort((one, two) =>
      one.type.localeCompare(two.type),
    );
    expect(pushes).toMatchObject([
      { type: "entry", entry: { header: { seq: 3, kind: "commit" } } },
      { type: "inbox", after: 0, item: { type: "welcome", seq: 3 } },
    ]);
    await a.say("for three");
    expect((await nextEntry(device)).header.seq).toBe(4);
    await a.commit([{ type: "remove", removed: 2 }]);
    expect((await nextEntry(device)).header.seq).toBe(5);
    await a.say("for two");
    await settle();
    expect(device.pushes).toEqual([]);
    // From then on the end of its time is the end of the log.
    const heads = [{ conversation: a.conversation, seq: 5 }];
    expect(await device.request(subscribe)).toEqual({ type: "subscribed", heads });
  });

  test("may be made again", async () => {
    const [a, b] = await pair();
    await b.device.request({ ...subscribe, inboxAfter: farAhead });
    await b.device.request({ ...subscribe, inboxAfter: farAhead });
    await a.say("hello");
    expect((await nextEntry(b.device)).header.seq).toBe(3);
    await settle();
    expect(b.device.pushes).toEqual([]);
  });

  test("hands out the inbox from the cursor on, again and again until it is held or acknowledged", async () => {
    const world = await makeWorld();
    const phone = new Device(world, "ada@mercy.example/phone");
    await phone.logIn();
    for (const name of ["a", "b", "c"]) await new Device(world, `ada@mercy.example/${name}`).logIn();
    const indexes = async (inboxAfter: number, count: number) => {
      await phone.request({ ...subscribe, inboxAfter });
      const found: number[] = [];
      for (let item = 0; item < count; item++) {
        const push = await phone.next();
        if (push.type !== "inbox") throw new Error(push.type);
        expect(push.after).toBe(found.at(-1) ?? inboxAfter);
        found.push(push.index);
      }
      await settle();
      expect(phone.pushes).toEqual([]);
      return found;
    };
    const [one = 0, two = 0, three = 0] = await indexes(0, 3);
    expect([one < two, two < three]).toEqual([true, true]);
    expect(await indexes(one, 2)).toEqual([two, three]);
    expect(await indexes(0, 2)).toEqual([two, three]);
    expect(await phone.request({ type: "acknowledge-inbox", upTo: two })).toEqual({ type: "done" });
    expect(await indexes(0, 1)).toEqual([three]);
    await new Device(world, "ada@mercy.example/d").logIn();
    expect(await phone.next()).toMatchObject({ type: "inbox", after: three });
    expect(await indexes(three + 9, 0)).toEqual([]);
  });
});

describe("a slow connection", () => {
  test.each([
    [1, false],
    [2, false],
    [3, true],
  ])("may have the limit waiting and not more: %i pushes", async (count, cut) => {
    const [a, b] = await pair();
    await b.device.request({ ...subscribe, inboxAfter: farAhead });
    await a.say("x".repeat(1_000));
    await settle();
    // Frame, message, entry and head around a message of this size.
    const push = b.device.received;
    const [c, d, world] = await pair({ outgoingBytes: 2 * push + 20 });
    await d.device.request({ ...subscribe, inboxAfter: farAhead });
    d.device.wire.stall();
    for (let times = 0; times < count; times++) await c.say("x".repeat(1_000));
    await settle();
    expect(d.device.wire.isClosed).toBe(cut);
    if (cut) expect(world.log.join()).toContain("slow-connection");
    // Others are not held up, and nothing is lost: the log has it all.
    expect((await (await again(d)).fetch(2)).entries).toHaveLength(count);
  });

  test("is asked nothing more of until it has read its answers", async () => {
    const [a, b] = await pair({ outgoingBytes: 2_000 });
    for (let times = 0; times < 5; times++) await a.say("x".repeat(1_000));
    b.device.wire.stall();
    let answered = 0;
    const fetches = Array.from({ length: 5 }, () => b.fetch(2).then(() => answered++));
    await settle();
    expect(answered).toBe(0);
    b.device.wire.resume();
    await Promise.all(fetches);
    expect([answered, b.device.wire.isClosed]).toEqual([5, false]);
  });
});
