import { type Proposal, stageCommit } from "@readback/core/mls";
import type { InboxItem, LogEntry } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { Device, farAhead } from "./device.ts";
import { logInAll, Member, makeConversation } from "./member.ts";
import { makeWorld, type World } from "./world.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const cy = "cy@clinic.example/phone";
const refusal = (code: string) => ({ type: "refused", code });

async function three(world?: World): Promise<[Member, Member, Member]> {
  return (await makeConversation(world ?? (await makeWorld()), ada, ben, cy)) as [Member, Member, Member];
}

/** A device that has logged in, for the conversation of `member`, in no group yet. */
async function outsider(member: Member, name: string): Promise<Member> {
  const [device] = (await logInAll(member.device.world, name)) as [Device];
  return new Member(device, member.conversation);
}

async function inboxOf({ device }: Member): Promise<InboxItem[]> {
  const { store } = device.world as World;
  return (await store.readInbox(device.name, 0, 1_000_000)).map(({ item }) => item);
}

describe("commits", () => {
  test("add devices and send them a Welcome, each the same", async () => {
    const world = await makeWorld();
    const [a] = (await makeConversation(world, ada)) as [Member];
    const others = [await outsider(a, ben), await outsider(a, cy)];
    const invitations = [];
    for (const other of others) invitations.push(await other.invitation());
    const staged = a.stage(invitations);
    expect(await a.submit(staged)).toMatchObject({ type: "appended", seq: 2 });
    for (const other of others) {
      const item = { type: "welcome", conversation: a.conversation, seq: 2, welcome: staged.welcome };
      expect(await inboxOf(other)).toEqual([item]);
      other.join((await inboxOf(other))[0] as InboxItem);
      expect((await other.fetch(0)).entries.map(({ header }) => header.seq)).toEqual([2]);
    }
    expect(await others[0]?.say("hello")).toMatchObject({ seq: 3 });
  });

  test("of two at once: one wins, the other hears of it and gets nothing", async () => {
    const [a, b] = await three();
    const [fromAda, fromBen] = [a.stage(), b.stage()];
    const answers = await Promise.all([a.submit(fromAda), b.submit(fromBen)]);
    expect(answers).toEqual([
      { type: "appended", seq: 3, acceptedAt: expect.any(Number) },
      { type: "epoch-changed", epoch: 2n },
    ]);
    b.take((await b.fetch(2)).entries[0] as LogEntry);
    expect(await b.commit()).toMatchObject({ seq: 4 });
  });

  test("that lose do not send their Welcome", async () => {
    const [a, b] = await three();
    const dan = await outsider(a, "dan@d.example/phone");
    const staged = b.stage([await dan.invitation()]);
    await a.commit();
    expect(await b.submit(staged)).toMatchObject({ type: "epoch-changed" });
    expect(await inboxOf(dan)).toEqual([]);
    expect(
      await dan.device.request({ type: "fetch", conversation: a.conversation, after: 0, limit: 1 }),
    ).toEqual(refusal("unknown-conversation"));
  });

  test("repeated after a lost answer count once", async () => {
    const [a] = await three();
    const dan = await outsider(a, "dan@d.example/phone");
    const staged = a.stage([await dan.invitation()]);
    const first = await a.submit(staged);
    expect(await a.submit(staged)).toEqual(first);
    expect(await inboxOf(dan)).toHaveLength(1);
    expect((await a.fetch(2)).entries).toHaveLength(1);
  });

  test("remove devices, which read to the end of their time and no further", async () => {
    const [a, b, c] = await three();
    await a.say("before");
    await a.commit([{ type: "remove", removed: c.leaf }]);
    await a.say("after");
    const page = await c.fetch(0);
    expect(page.entries.map(({ header }) => [header.seq, header.kind])).toEqual([
      [2, "commit"],
      [3, "application"],
      [4, "commit"],
    ]);
    expect(page.head.seq).toBe(4);
    expect((await c.fetch(4)).entries).toEqual([]);
    expect(await c.say("still there?")).toEqual(refusal("not-allowed"));
    expect(await c.submit(c.stage())).toEqual(refusal("not-allowed"));
    expect((await b.fetch(0)).head.seq).toBe(5);
  });

  test("bring a removed device back, with a gap it cannot read", async () => {
    const [a, , c] = await three();
    await a.commit([{ type: "remove", removed: c.leaf }]);
    await a.say("without you");
    await a.commit([await c.invitation()]);
    c.join((await inboxOf(c)).at(-1) as InboxItem);
    await a.say("with you");
    const seqs = async (after: number) => (await c.fetch(after)).entries.map(({ header }) => header.seq);
    expect(await seqs(2)).toEqual([3]);
    expect(await seqs(3)).toEqual([5, 6]);
    expect(c.take((await c.fetch(5)).entries[0] as LogEntry)).toBe("with you");
  });

  test("are judged by a relay that has restarted as by one that has not", async () => {
    const world = await makeWorld();
    const [a] = (await makeConversation(world, ada, ben, cy)) as [Member];
    const again = await makeWorld({ store: world.store, seed: "again" });
    const device = Object.assign(new Device(again, ada), { keys: a.device.keys });
    await device.logIn();
    const member = Object.assign(new Member(device, a.conversation), { group: a.group });
    expect(await member.commit([{ type: "remove", removed: 1 }])).toMatchObject({ type: "appended", seq: 3 });
    expect(await member.commit()).toMatchObject({ type: "appended", seq: 4 });
  });

  test("are refused from another device than the one that made them", async () => {
    const [a, b] = await three();
    const { commit } = a.stage();
    expect(await b.append({ kind: "commit", payload: commit })).toEqual(refusal("not-allowed"));
    const proposal = { type: "remove", removed: 2 } as const;
    expect(await b.append({ kind: "proposal", payload: commit })).toEqual(refusal("invalid-handshake"));
    expect(await a.append({ kind: "proposal", payload: commit })).toEqual(refusal("invalid-handshake"));
    expect(await a.propose(proposal)).toMatchObject({ type: "appended" });
  });

  test("with any byte changed are refused, and the right one then taken", async () => {
    const [a] = await three(await makeWorld({ limits: { handshakes: { burst: 10_000, perMinute: 1 } } }));
    const staged = a.stage();
    for (let at = 0; at < staged.commit.length; at += 5) {
      const payload = staged.commit.map((byte, index) => (index === at ? byte ^ 0x10 : byte));
      const answer = await a.append({ kind: "commit", payload });
      // What only members can tell, the membership and confirmation tags, the relay has to believe.
      if (answer.type === "appended") expect(at).toBeGreaterThan(staged.commit.length - 70);
      if (answer.type === "appended") return;
      expect(answer.type).toBe("refused");
    }
    expect(await a.submit(staged)).toMatchObject({ type: "appended" });
  });

  test.each<[string, (a: Member, dan: Member) => Promise<unknown>]>([
    [
      "without their Welcome",
      async (a, dan) => a.submit(a.stage([await dan.invitation()]), { welcome: undefined }),
    ],
    [
      "with a Welcome for somebody else",
      async (a, dan) => {
        const other = a.stage([await dan.invitation()]);
        return a.submit(a.stage([await dan.invitation()]), { welcome: other.welcome });
      },
    ],
    [
      "with a Welcome that nobody needs",
      async (a, dan) => a.submit(a.stage(), { welcome: a.stage([await dan.invitation()]).welcome }),
    ],
    [
      "with a damaged Welcome",
      async (a, dan) => a.submit(a.stage([await dan.invitation()]), { welcome: Uint8Array.of(1) }),
    ],
    [
      "with the GroupInfo of another commit",
      async (a) => a.submit(a.stage(), { groupInfo: a.stage().groupInfo }),
    ],
    ["with a damaged GroupInfo", async (a) => a.submit(a.stage(), { groupInfo: Uint8Array.of(0, 1, 0, 4) })],
    ["that are cut off", async (a) => a.append({ kind: "commit", payload: a.stage().commit.slice(0, -1) })],
    ["that are a message", async (a) => a.append({ kind: "commit", payload: a.encrypt("no commit") })],
    ["that are empty", async (a) => a.append({ kind: "commit", payload: new Uint8Array(0) })],
  ])("are refused %s", async (_name, submit) => {
    const [a] = await three();
    const dan = await outsider(a, "dan@d.example/phone");
    expect(await submit(a, dan)).toEqual(refusal("invalid-handshake"));
    expect(await inboxOf(dan)).toEqual([]);
    expect(await a.commit()).toMatchObject({ seq: 3 });
  });

  test("that add a device by another key than it logged in with are refused", async () => {
    const [a] = await three();
    const dan = await outsider(a, "dan@d.example/phone");
    const impostor = new Device(a.device.world, dan.device.name);
    const { keyPackage } = impostor.keyPackage();
    expect(await a.submit(a.stage([{ type: "add", keyPackage }]))).toEqual(refusal("not-allowed"));
    const unknown = new Device(a.device.world, "eve@e.example/phone");
    const add: Proposal = { type: "add", keyPackage: unknown.keyPackage().keyPackage };
    expect(await a.submit(a.stage([add]))).toEqual(refusal("not-allowed"));
    expect(await inboxOf(dan)).toEqual([]);
  });

  test("that add a device which is a member already are refused", async () => {
    const [a, b] = await three();
    const second = new Device(a.device.world, b.device.name);
    const { keyPackage } = second.keyPackage();
    expect(await a.submit(a.stage([{ type: "add", keyPackage }]))).toEqual(refusal("not-allowed"));
  });

  test("that add a device whose key package is good for more than 100 days are refused", async () => {
    const [a] = await three();
    const dan = await outsider(a, "dan@d.example/phone");
    const notBefore = BigInt(Math.floor(a.device.world.clock.now() / 1_000));
    const invite = (seconds: bigint): Proposal => {
      const lifetime = { notBefore, notAfter: notBefore + seconds };
      return { type: "add", keyPackage: dan.device.keyPackage(false, { lifetime }).keyPackage };
    };
    expect(await a.submit(a.stage([invite(8_640_001n)]))).toEqual(refusal("invalid-handshake"));
    expect(await a.commit([invite(8_640_000n)])).toMatchObject({ type: "appended" });
  });

  test("are judged by the time of their entry, which members will see, and not by the clock", async () => {
    const [a] = await three();
    const { clock } = a.device.world as World;
    const start = clock.now();
    const invitation = await (await outsider(a, "dan@d.example/phone")).invitation();
    // The key package has expired when the log goes on; then somebody sets the relay's clock back.
    clock.jump(start + 100_000_000);
    await a.say("later");
    clock.jump(start);
    expect(await a.submit(a.stage([invitation]))).toEqual(refusal("invalid-handshake"));
    expect(await a.commit()).toMatchObject({ type: "appended", acceptedAt: start + 100_000_000 });
  });

  test("that change a member's key are refused", async () => {
    const [a] = await three();
    const { signature } = a.device.suite;
    const signatureKeyPair = signature.deriveKeyPair(a.device.world.random(signature.seedSize));
    const staged = a.stage([], { leaf: { signatureKeyPair, credential: a.device.credential } });
    expect(await a.submit(staged)).toEqual(refusal("not-allowed"));
  });
});

describe("proposals", () => {
  test("to remove somebody come before any message", async () => {
    const [a, b, c] = await three();
    expect(await c.propose({ type: "remove", removed: c.leaf })).toMatchObject({ type: "appended", seq: 3 });
    const first = refusal("commit-first");
    expect(await a.say("too early")).toEqual(first);
    expect(await a.append({ kind: "receipt", payload: a.encrypt("too early") })).toEqual(first);
    expect(await b.propose({ type: "remove", removed: c.leaf })).toEqual(first);
    expect(await a.submit(a.stage())).toEqual(refusal("missing-proposals"));
    a.take((await a.fetch(2)).entries[0] as LogEntry);
    expect(await a.commit()).toMatchObject({ type: "appended", seq: 4 });
    expect(await a.say("now")).toMatchObject({ type: "appended", seq: 5 });
    expect((await c.fetch(3)).head.seq).toBe(4);
  });

  test("to remove somebody are fulfilled by any removal", async () => {
    const [a, , c] = await three();
    await c.propose({ type: "remove", removed: c.leaf });
    expect(await a.commit([{ type: "remove", removed: c.leaf }])).toMatchObject({ type: "appended" });
  });

  test("are forgotten with their epoch", async () => {
    const [a, b, c] = await three();
    const { seq } = (await c.propose({ type: "remove", removed: b.leaf })) as { seq: number };
    a.take((await a.fetch(seq - 1)).entries[0] as LogEntry);
    await a.commit();
    expect(await a.say("free again")).toMatchObject({ type: "appended" });
    expect(await a.commit()).toMatchObject({ type: "appended" });
  });

  test("of strangers, of nonsense and for others are refused", async () => {
    const [a, b] = await three();
    expect(await a.propose({ type: "remove", removed: 77 })).toEqual(refusal("invalid-handshake"));
    const { keyPackage } = b.device.keyPackage();
    const update: Proposal = { type: "update", leafNode: keyPackage.leafNode };
    expect(await a.propose(update)).toMatchObject({ type: "refused" });
    expect(await a.append({ kind: "proposal", payload: new Uint8Array(9) })).toEqual(
      refusal("invalid-handshake"),
    );
  });

  test("sent twice count once", async () => {
    const [a, , c] = await three();
    const [device] = (await logInAll(a.device.world, "dan@d.example/phone")) as [Device];
    const add: Proposal = { type: "add", keyPackage: device.keyPackage().keyPackage };
    const first = await c.propose(add);
    // Signatures of ECDSA differ: the same proposal again is another one.
    expect(await c.propose(add)).toMatchObject({ seq: 4 });
    expect(first).toMatchObject({ seq: 3 });
  });

  test("wait up to the limit", async () => {
    const [a, b, c] = await three(await makeWorld({ limits: { waitingProposals: 2 } }));
    const [dan, eve] = (await logInAll(a.device.world, "dan@d.example/phone", "eve@e.example/phone")) as [
      Device,
      Device,
    ];
    const add = (device: Device): Proposal => ({ type: "add", keyPackage: device.keyPackage().keyPackage });
    expect(await b.propose(add(dan))).toMatchObject({ type: "appended" });
    expect(await c.propose(add(eve))).toMatchObject({ type: "appended" });
    expect(await b.propose(add(eve))).toEqual(refusal("commit-first"));
  });
});

describe("limits of members", () => {
  test("members of a conversation", async () => {
    const world = await makeWorld({ limits: { membersPerConversation: 3 } });
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const [c, d] = [await outsider(a, cy), await outsider(a, "dan@d.example/phone")];
    expect(await a.commit([await c.invitation()])).toMatchObject({ type: "appended" });
    expect(await a.commit([await d.invitation()])).toEqual(refusal("too-large"));
    const swap: Proposal[] = [{ type: "remove", removed: b.leaf }, await d.invitation()];
    expect(await a.commit(swap)).toMatchObject({ type: "appended" });
  });

  test("handshakes of a device in a conversation, those that come too late not counted", async () => {
    const world = await makeWorld({ limits: { handshakes: { burst: 2, perMinute: 6 } } });
    const [a] = (await makeConversation(world, ada)) as [Member];
    const stale = a.stage();
    expect(await a.commit()).toMatchObject({ type: "appended" });
    expect(await a.submit(stale, { epoch: 0n })).toEqual({ type: "epoch-changed", epoch: 1n });
    expect(await a.commit()).toMatchObject({ type: "appended" });
    expect(await a.commit()).toEqual(refusal("rate-limited"));
    const [other] = (await makeConversation(world, "ada@mercy.example/tablet")) as [Member];
    expect(await other.commit()).toMatchObject({ type: "appended" });
    world.clock.advance(9_999);
    expect(await a.commit()).toEqual(refusal("rate-limited"));
    world.clock.advance(1);
    expect(await a.commit()).toMatchObject({ type: "appended" });
  });

  test.each([
    [1, true],
    [0, true],
    [-1, false],
  ])("a commit and its Welcome, with %i bytes to spare", async (spare, fits) => {
    const [a] = await three();
    const dan = await outsider(a, "dan@d.example/phone");
    const { commit, welcome } = stageCommit(a.group, {
      proposals: [await dan.invitation()],
      credentials: { isValid: () => true },
      random: a.device.world.random,
    });
    for (const limit of [
      { handshakeSize: commit.length + spare },
      { welcomeSize: (welcome?.length ?? 0) + spare },
    ]) {
      const world = await makeWorld({ store: (a.device.world as World).store, limits: limit });
      const device = Object.assign(new Device(world, ada), { keys: a.device.keys });
      await device.logIn();
      const member = Object.assign(new Member(device, a.conversation), { group: a.group });
      const answer = await member.append({ kind: "commit", payload: commit, welcome });
      expect(answer).toEqual(fits ? expect.objectContaining({ type: "appended" }) : refusal("too-large"));
    }
  });

  test("items in an inbox", async () => {
    const world = await makeWorld({ limits: { inboxItems: 2 } });
    const [a] = (await makeConversation(world, ada)) as [Member];
    const b = await outsider(a, ben);
    for (let times = 0; times < 2; times++) {
      expect(await a.commit([await b.invitation()])).toMatchObject({ type: "appended" });
      expect(await a.commit([{ type: "remove", removed: 1 }])).toMatchObject({ type: "appended" });
    }
    expect(await a.commit([await b.invitation()])).toEqual(refusal("unavailable"));
    await b.device.request({ type: "acknowledge-inbox", upTo: farAhead });
    expect(await a.commit([await b.invitation()])).toMatchObject({ type: "appended" });
  });
});
