import type { CipherSuite } from "@readback/core/crypto";
import { entryHash } from "@readback/core/log";
import { groupInfoOf } from "@readback/core/mls";
import { hex, type LogEntry, sameBytes, Writer } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { Device } from "./device.ts";
import { alone, logInAll, Member, makeConversation } from "./member.ts";
import { crypto, makeWorld } from "./world.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const refusal = (code: string) => ({ type: "refused", code });
const suite = crypto.suite(2) as CipherSuite;

/** A PrivateMessage of exactly `size` bytes that nobody can decrypt: to a relay it is as good as any. */
function opaqueMessage({ group }: Member, size: number, fill = 0): Uint8Array {
  const start = new Writer()
    .u16(1)
    .u16(2)
    .bytes(group.context.groupId)
    .u64(group.epoch)
    .u8(1)
    .bytes(new Uint8Array(0));
  const begin = start.bytes(new Uint8Array(20).fill(fill)).finish();
  for (let length = size - begin.length; ; length--) {
    const message = new Writer().raw(begin).bytes(new Uint8Array(length)).finish();
    if (message.length === size) return message;
  }
}

/** Checks what holds for every log; returns `kind` of each entry. */
function checkChain(entries: readonly LogEntry[]): string[] {
  let previous: { hash: Uint8Array; acceptedAt: number; seq: number } | undefined;
  for (const { header, payload } of entries) {
    if (previous !== undefined) {
      expect(hex(header.previousHash)).toBe(hex(previous.hash));
      expect(header.seq).toBe(previous.seq + 1);
      expect(header.acceptedAt).toBeGreaterThanOrEqual(previous.acceptedAt);
    } else if (header.seq === 1) expect(header.previousHash.every((byte) => byte === 0)).toBe(true);
    expect(payload && sameBytes(suite.hash.digest(payload), header.payloadHash)).toBe(true);
    expect(header.relay).toBe("relay.example");
    previous = { hash: entryHash(suite, header), acceptedAt: header.acceptedAt, seq: header.seq };
  }
  return entries.map(({ header }) => header.kind);
}

describe("a log", () => {
  test("is the same gapless chain for all members, and they can read it", async () => {
    const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
    await a.say("K 6.8");
    b.take((await b.fetch(2)).entries[0] as LogEntry);
    await b.say("Read back: K 6.8");
    const all = await a.fetch(0);
    expect(checkChain(all.entries)).toEqual(["create", "commit", "application", "application"]);
    expect(all.head.seq).toBe(4);
    expect(hex(all.head.entryHash)).toBe(hex(entryHash(suite, (all.entries[3] as LogEntry).header)));
    expect((await b.fetch(1)).entries).toEqual(all.entries.slice(1));
    expect(a.take(all.entries[3] as LogEntry)).toBe("Read back: K 6.8");
  });

  test("comes in pages, each with a head for its end", async () => {
    const [a] = (await makeConversation(await makeWorld(), ada)) as [Member];
    for (let count = 0; count < 5; count++) await a.say(`message ${count}`);
    const first = await a.fetch(0, 4);
    expect([first.entries.length, first.head.seq]).toEqual([4, 4]);
    const second = await a.fetch(4, 4);
    expect([second.entries.length, second.head.seq]).toEqual([2, 6]);
    const none = await a.fetch(6, 4);
    expect([none.entries.length, none.head.seq]).toEqual([0, 6]);
    const nothing = await a.fetch(0, 0);
    expect([nothing.entries.length, nothing.head.seq]).toEqual([0, 6]);
    checkChain([...first.entries, ...second.entries]);
  });

  test("comes in pages of limited size, one entry at least", async () => {
    const [a] = (await makeConversation(await makeWorld({ limits: { pageSize: 2_000 } }), ada)) as [Member];
    for (const [fill, size] of [1_000, 1_000, 1_001, 3_000, 100].entries()) {
      await a.append({ payload: opaqueMessage(a, size, fill) });
    }
    const ends = [];
    for (let after = 1; after < 6; after = ends.at(-1) ?? 9) ends.push((await a.fetch(after)).head.seq);
    expect(ends).toEqual([3, 4, 5, 6]);
  });

  test("never goes back in time", async () => {
    const world = await makeWorld();
    const [a] = (await makeConversation(world, ada)) as [Member];
    const start = world.clock.now();
    world.clock.jump(start + 1_000);
    expect(await a.say("one")).toMatchObject({ seq: 2, acceptedAt: start + 1_000 });
    world.clock.jump(start - 5_000_000);
    expect(await a.say("two")).toMatchObject({ seq: 3, acceptedAt: start + 1_000 });
    expect(await a.commit()).toMatchObject({ seq: 4, acceptedAt: start + 1_000 });
    checkChain((await a.fetch(0)).entries);
  });

  test("takes a repeated submission for what it is, and gives the first answer", async () => {
    const world = await makeWorld();
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const payload = a.encrypt("once");
    const epoch = a.group.epoch;
    const answers = await Promise.all([a.append({ payload }), a.append({ payload })]);
    world.clock.advance(5_000);
    answers.push(await a.append({ payload }));
    expect(await a.commit()).toMatchObject({ seq: 4 });
    // The epoch is over, and still the answer is the first one.
    answers.push(await a.append({ payload, epoch }));
    expect(answers[0]).toMatchObject({ type: "appended", seq: 3 });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(checkChain((await b.fetch(1)).entries)).toEqual(["commit", "application", "commit"]);
  });

  test("takes different bytes for different messages", async () => {
    const [a] = (await makeConversation(await makeWorld(), ada)) as [Member];
    expect(await a.say("the same")).toMatchObject({ seq: 2 });
    expect(await a.say("the same")).toMatchObject({ seq: 3 });
  });

  test("is opened once, by its creator", async () => {
    const world = await makeWorld();
    const [a] = (await makeConversation(world, ada)) as [Member];
    const opening = a.found();
    expect(await a.create(opening)).toEqual(refusal("not-allowed"));
    const [device] = (await logInAll(world, ben)) as [Device];
    expect(await new Member(device, a.conversation).create()).toEqual(refusal("not-allowed"));
    const other = new Member(device, world.random(32));
    const payload = other.found();
    const first = await other.create(payload);
    expect(first).toMatchObject({ type: "appended", seq: 1 });
    expect(await other.create(payload)).toEqual(first);
  });

  test("is opened by whoever is in it, and in epoch 0", async () => {
    const world = await makeWorld();
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const create = (device: Device, payload: Uint8Array) =>
      device.request({ ...alone, conversation: world.random(32), payload });
    const founding = a.found();
    expect(await create(b.device, founding)).toEqual(refusal("not-allowed"));
    const later = groupInfoOf(a.stage().next, { withTree: true });
    expect(await create(a.device, later)).toEqual(refusal("invalid-handshake"));
    const forged = b.found({ credential: a.device.credential });
    expect(await create(b.device, forged)).toEqual(refusal("not-allowed"));
    expect(await create(a.device, forged)).toEqual(refusal("not-allowed"));
    for (let at = 0; at < founding.length; at += 7) {
      const bad = founding.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect((await create(a.device, bad)).type).toBe("refused");
      world.clock.advance(10_000);
    }
    expect(await create(a.device, founding.slice(0, -1))).toEqual(refusal("invalid-handshake"));
    expect(await create(a.device, a.encrypt("not a GroupInfo"))).toEqual(refusal("invalid-handshake"));
    expect(await create(a.device, new Uint8Array(0))).toEqual(refusal("invalid-handshake"));
  });

  test("is hidden from whoever is no member", async () => {
    const world = await makeWorld();
    const [a] = (await makeConversation(world, ada)) as [Member];
    const [device] = (await logInAll(world, ben)) as [Device];
    const stranger = new Member(device, a.conversation);
    stranger.group = a.group;
    const unknown = refusal("unknown-conversation");
    const fetch = { type: "fetch", conversation: a.conversation, after: 0, limit: 9 } as const;
    expect(await device.request(fetch)).toEqual(unknown);
    expect(await device.request({ ...fetch, conversation: world.random(32) })).toEqual(unknown);
    expect(await stranger.say("hello?")).toEqual(unknown);
    expect(await stranger.submit(stranger.stage())).toEqual(unknown);
    expect(await stranger.propose({ type: "remove", removed: 0 })).toEqual(unknown);
    const { head } = await a.fetch(0);
    expect(head.seq).toBe(1);
  });

  test("takes messages of its current epoch and group only", async () => {
    const world = await makeWorld();
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const late = b.encrypt("too late");
    await a.commit();
    expect(await b.append({ payload: late })).toEqual({ type: "epoch-changed", epoch: 2n });
    expect(await b.append({ payload: late, epoch: 2n })).toEqual(refusal("refused"));
    expect(await a.append({ payload: a.encrypt("early"), epoch: 3n })).toEqual(refusal("refused"));
    const [other] = (await makeConversation(world, "ada@mercy.example/tablet")) as [Member];
    await other.commit();
    await other.commit();
    expect(await a.append({ payload: other.encrypt("elsewhere") })).toEqual(refusal("refused"));
  });

  test.each<[string, (a: Member) => Uint8Array]>([
    ["nothing", () => new Uint8Array(0)],
    ["a message that is cut off", (a) => a.encrypt("x").slice(0, -1)],
    ["bytes after a message", (a) => Uint8Array.of(...a.encrypt("x"), 0)],
    ["a handshake as a message", (a) => a.stage().commit],
    ["a GroupInfo as a message", (a) => a.stage().groupInfo],
    ["a plain text", () => new TextEncoder().encode("K 6.8")],
    ["another version of MLS", (a) => a.encrypt("x").map((byte, at) => (at === 1 ? 2 : byte))],
  ])("refuses %s", async (_name, make) => {
    const [a] = (await makeConversation(await makeWorld(), ada)) as [Member];
    expect(await a.append({ payload: make(a) })).toEqual(refusal("refused"));
    expect(await a.append({ payload: make(a), kind: "receipt" })).toEqual(refusal("refused"));
    expect((await a.fetch(0)).head.seq).toBe(1);
  });

  test("takes receipts like messages", async () => {
    const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
    expect(await b.append({ kind: "receipt", payload: b.encrypt("read") })).toMatchObject({ seq: 3 });
    const [entry] = (await a.fetch(2)).entries;
    expect([entry?.header.kind, a.take(entry as LogEntry)]).toEqual(["receipt", "read"]);
  });
});

describe("limits of a log", () => {
  test.each([
    [-1, true],
    [0, true],
    [1, false],
  ])("a message of the limit %i bytes", async (difference, fits) => {
    const world = await makeWorld({ limits: { applicationSize: 1_000 } });
    const [a] = (await makeConversation(world, ada)) as [Member];
    const payload = opaqueMessage(a, 1_000 + difference);
    const answer = await a.append({ payload });
    expect(answer).toEqual(fits ? expect.objectContaining({ type: "appended" }) : refusal("too-large"));
  });

  test("all messages of a conversation together", async () => {
    const probe = new Member(new Device(await makeWorld(), ada), new Uint8Array(32));
    const opening = probe.found();
    for (const [difference, accepted] of [
      [-1, 2],
      [0, 3],
      [1, 3],
    ] as const) {
      const world = await makeWorld({ limits: { conversationSize: opening.length + 3_000 + difference } });
      const a = new Member(
        Object.assign(new Device(world, ada), { keys: probe.device.keys }),
        new Uint8Array(32),
      );
      a.group = probe.group;
      await a.device.logIn();
      expect(await a.create(opening)).toMatchObject({ type: "appended" });
      const answers = [];
      for (let fill = 0; fill < 4; fill++)
        answers.push(await a.append({ payload: opaqueMessage(a, 1_000, fill) }));
      expect(answers.filter(({ type }) => type === "appended")).toHaveLength(accepted);
      expect(answers[3]).toEqual(refusal("too-large"));
    }
  });

  test("messages of one device wait for their turn, in order", async () => {
    const world = await makeWorld({ limits: { sends: { burst: 3, perMinute: 60 } } });
    const [a] = (await makeConversation(world, ada)) as [Member];
    const seqs: number[] = [];
    const answers = [1, 2, 3, 4, 5].map((number) =>
      a.say(`message ${number}`).then((answer) => seqs.push(answer.type === "appended" ? answer.seq : 0)),
    );
    await Promise.all(answers.slice(0, 3));
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect(seqs).toEqual([2, 3, 4]);
    world.clock.advance(1_000);
    await answers[3];
    expect(seqs).toEqual([2, 3, 4, 5]);
    world.clock.advance(1_000);
    await answers[4];
    expect(checkChain((await a.fetch(0)).entries)).toHaveLength(6);
  });

  test("conversations that a device opens", async () => {
    const world = await makeWorld({ limits: { creations: { burst: 2, perMinute: 1 } } });
    const [device] = (await logInAll(world, ada)) as [Device];
    const open = () => new Member(device, world.random(32)).create();
    expect(await open()).toMatchObject({ type: "appended" });
    expect(await open()).toMatchObject({ type: "appended" });
    expect(await open()).toEqual(refusal("rate-limited"));
    world.clock.advance(59_999);
    expect(await open()).toEqual(refusal("rate-limited"));
    world.clock.advance(1);
    expect(await open()).toMatchObject({ type: "appended" });
  });
});
