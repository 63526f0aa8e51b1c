import { type Extension, groupInfoOf, type StagedCommit } from "@readback/core/mls";
import type { Answer, CreateRequest, InboxItem } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { hubExtension } from "../../core/src/conversation/group-data.ts";
import { Device } from "./device.ts";
import { logInAll, Member, makeConversation } from "./member.ts";
import { makeWorld, type World } from "./world.ts";

const [ada, ben, cleo] = ["ada@mercy.example/phone", "ben@lukes.example/phone", "cleo@mercy.example/phone"];
const refusal = (code: string) => ({ type: "refused", code });

/** Three devices that have published keys, and a group of Ada's that nobody has heard of. */
async function strangers(limits: Parameters<typeof makeWorld>[0] = {}) {
  const world = await makeWorld(limits);
  const devices = await logInAll(world, ada, ben, cleo);
  const id = world.random(32);
  const [a, b, c] = devices.map((device) => new Member(device, id)) as [Member, Member, Member];
  a.found();
  const invitations = [await b.invitation(), await c.invitation()];
  return { world, a, b, c, invitations };
}

/** Asks for a log with everybody in it. */
function create(by: Member, staged: StagedCommit, change: Partial<CreateRequest> = {}): Promise<Answer> {
  const { next, welcome, groupInfo } = staged;
  return by.device.request({
    type: "create",
    conversation: by.conversation,
    epoch: next.epoch,
    payload: groupInfoOf(next, { withTree: true }),
    welcome,
    groupInfo,
    ...change,
  });
}

async function inboxOf({ world }: { world: World }, { device }: Member): Promise<InboxItem[]> {
  return (await world.store.readInbox(device.name, 0, 1_000_000)).map(({ item }) => item);
}

describe("a log that is opened with everybody in it", () => {
  test("has one entry, and brings everybody else a Welcome", async () => {
    const scene = await strangers();
    const { a, b, c, invitations } = scene;
    const staged = a.stage(invitations, { externalGroupInfo: true });
    const payload = groupInfoOf(staged.next, { withTree: true });
    const first = await create(a, staged, { payload });
    expect(first).toMatchObject({ type: "appended", seq: 1 });
    expect(await create(a, staged, { payload })).toEqual(first);
    a.group = staged.next;
    for (const member of [b, c]) {
      const [item] = await inboxOf(scene, member);
      expect(item).toMatchObject({ type: "welcome", seq: 1, conversation: a.conversation });
      member.join(item as InboxItem);
    }
    expect(await inboxOf(scene, a)).toEqual([]);
    expect(await b.say("K 6.8")).toMatchObject({ type: "appended", seq: 2 });
    const { entries } = await c.fetch(0);
    expect(entries.map(({ header }) => [header.kind, header.epoch])).toEqual([
      ["create", 1n],
      ["application", 1n],
    ]);
    // What it takes to join again is there as after a commit.
    await c.device.request({ type: "acknowledge-inbox", upTo: Number.MAX_SAFE_INTEGER });
    const place = await c.device.request({ type: "group-info", conversation: a.conversation });
    expect(place.type).toBe("group-info");
  });

  test("may be of one device alone", async () => {
    const { a } = await strangers();
    const staged = a.stage([], { forcePath: true });
    expect(staged.welcome).toBeUndefined();
    expect(await create(a, staged)).toMatchObject({ type: "appended", seq: 1 });
  });

  test("is open to the first one only", async () => {
    const scene = await strangers();
    const { a, b, c, world } = scene;
    const invitations = [await b.invitation(), await c.invitation()];
    const staged = a.stage(invitations);
    const rival = new Member(b.device, a.conversation);
    rival.found();
    const other = rival.stage([await new Member(a.device, a.conversation).invitation()]);
    expect(await create(rival, other)).toMatchObject({ type: "appended" });
    expect(await create(a, staged)).toEqual(refusal("not-allowed"));
    expect(await inboxOf({ world }, c)).toEqual([]);
  });

  test.each<[name: string, code: string, change: (staged: StagedCommit, other: StagedCommit) => object]>([
    ["has no Welcome", "invalid-handshake", () => ({ welcome: undefined })],
    ["has a Welcome for fewer", "invalid-handshake", (_, { welcome }) => ({ welcome })],
    ["has something else for a Welcome", "invalid-handshake", ({ commit }) => ({ welcome: commit })],
    ["has the GroupInfo of another group", "invalid-handshake", (_, { groupInfo }) => ({ groupInfo })],
    ["says another epoch than its group", "invalid-handshake", () => ({ epoch: 0n })],
    ["says a later epoch than its group", "invalid-handshake", () => ({ epoch: 2n })],
    ["is too large", "too-large", () => ({ welcome: new Uint8Array(20_000) })],
  ])("is refused where it %s", async (_name, code, change) => {
    const { a, invitations } = await strangers({ limits: { welcomeSize: 10_000 } });
    const options = { externalGroupInfo: true };
    const staged = a.stage(invitations, options);
    const other = a.stage(invitations.slice(1), options);
    expect(await create(a, staged, change(staged, other))).toEqual(refusal(code));
    expect(await create(a, staged)).toMatchObject({ type: "appended" });
  });

  test("is refused in a later epoch, to whom it is not signed by, and with a stranger or too many in it", async () => {
    const scene = await strangers({ limits: { membersPerConversation: 2 } });
    const { a, b, world, invitations } = scene;
    const staged = a.stage(invitations.slice(0, 1));
    expect(await create(b, staged)).toEqual(refusal("not-allowed"));
    a.group = staged.next;
    const later = { ...a.stage([], { forcePath: true }), welcome: staged.welcome };
    expect(await create(a, later)).toEqual(refusal("invalid-handshake"));
    a.found();
    expect(await create(a, a.stage(invitations))).toEqual(refusal("too-large"));
    // Nobody knows this device: it could never log in to read.
    const stranger = new Device(world, "dan@lukes.example/phone").keyPackage().keyPackage;
    const withStranger = a.stage([{ type: "add", keyPackage: stranger }]);
    expect(await create(a, withStranger)).toEqual(refusal("not-allowed"));
    // Another key for a name that the relay knows.
    const impostor = new Device(world, ben as string).keyPackage().keyPackage;
    const withImpostor = a.stage([{ type: "add", keyPackage: impostor }]);
    expect(await create(a, withImpostor)).toEqual(refusal("not-allowed"));
    // One device twice, by another key.
    const twice = a.stage([...invitations.slice(0, 1), { type: "add", keyPackage: impostor }]);
    expect(await create(a, twice)).toEqual(refusal("not-allowed"));
  });
});

describe("a group that is reinitialized", () => {
  const logKeyOf = ({ device }: Member) => device.challenge.logKey;
  const endOf = async (member: Member) => (await member.fetch(0)).head;
  const asking = async (a: Member, change: object = {}) => {
    const hub = { relay: "relay.example", logKey: logKeyOf(a) };
    const extensions: Extension[] = [hubExtension(hub, await endOf(a))];
    const reInit = { groupId: new Uint8Array(32).fill(7), version: 1, cipherSuite: 1, extensions, ...change };
    return { type: "reinit", reInit } as const;
  };

  test("takes nothing more, but for what somebody cannot process", async () => {
    const [a, b] = (await makeConversation(await makeWorld(), ada as string, ben as string)) as [
      Member,
      Member,
    ];
    expect(await a.commit([await asking(a)])).toMatchObject({ type: "appended" });
    b.take((await b.fetch(2)).entries[0] as never);
    // Only whoever does not keep the rules has anything to hand over.
    b.group = { ...b.group, reInit: undefined };
    expect(await b.say("after the end")).toEqual(refusal("commit-first"));
    expect(await b.commit()).toEqual(refusal("invalid-handshake"));
    expect(await b.propose({ type: "remove", removed: 0 })).toEqual(refusal("invalid-handshake"));
  });

  test("is never proposed for others to commit: nobody could speak until somebody has", async () => {
    const [a] = (await makeConversation(await makeWorld(), ada as string, ben as string)) as [Member];
    expect(await a.propose(await asking(a))).toEqual(refusal("not-allowed"));
    expect(await a.say("goes on")).toMatchObject({ type: "appended" });
  });

  test("is refused where what is to follow has a log already", async () => {
    const world = await makeWorld();
    const [a] = (await makeConversation(world, ada as string, ben as string)) as [Member];
    const other = new Member(a.device, world.random(32));
    await other.create();
    const taken = { groupId: other.conversation };
    expect(await a.commit([await asking(a, taken)])).toEqual(refusal("not-allowed"));
  });

  test.each<[name: string, change: (a: Member) => object | Promise<object>]>([
    ["an identifier that no log has", () => ({ groupId: new Uint8Array(31) })],
    ["a suite that the relay does not have", () => ({ cipherSuite: 0xf0ff })],
    ["no relay", () => ({ extensions: [] })],
    [
      "another relay",
      async (a) => ({
        extensions: [hubExtension({ relay: "other.example", logKey: logKeyOf(a) }, await endOf(a))],
      }),
    ],
    [
      "another key of the relay",
      async (a) => ({
        extensions: [hubExtension({ relay: "relay.example", logKey: new Uint8Array(65) }, await endOf(a))],
      }),
    ],
    [
      "no end of the log",
      (a) => ({ extensions: [hubExtension({ relay: "relay.example", logKey: logKeyOf(a) })] }),
    ],
    [
      "an end that the relay has not signed",
      async (a) => {
        const head = { ...(await endOf(a)), signedAt: 1 };
        return { extensions: [hubExtension({ relay: "relay.example", logKey: logKeyOf(a) }, head)] };
      },
    ],
    [
      "the end of another log",
      async (a) => {
        const other = new Member(a.device, new Uint8Array(32).fill(9));
        await other.create();
        const head = await endOf(other);
        return { extensions: [hubExtension({ relay: "relay.example", logKey: logKeyOf(a) }, head)] };
      },
    ],
  ])("is refused where it asks for %s", async (_name, change) => {
    const [a] = (await makeConversation(await makeWorld(), ada as string, ben as string)) as [Member];
    expect(await a.commit([await asking(a, await change(a))])).toEqual(refusal("not-allowed"));
    expect(await a.say("goes on")).toMatchObject({ type: "appended" });
  });
});
