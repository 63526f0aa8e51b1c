import { type CredentialAuthority, unsafeDevelopmentAuthority } from "@readback/core";
import { handshakeRules } from "@readback/core/log";
import {
  createExternalProposal,
  createProposal,
  type Extension,
  type Proposal,
  publicGroupFrom,
  writeAppDataDictionary,
  writeExternalSenders,
} from "@readback/core/mls";
import { type Request, sameBytes } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { Connections } from "../src/connections.ts";
import { defaultLimits } from "../src/limits.ts";
import { memoryRelayStore } from "../src/memory-relay-store.ts";
import { Device } from "./device.ts";
import { alone, logInAll, Member, makeConversation, makeConversationWith } from "./member.ts";
import { makeWorld, type World } from "./world.ts";

const notAllowed = { type: "refused", code: "not-allowed" } as const;
const invalid = { type: "refused", code: "invalid-handshake" } as const;
const authority = unsafeDevelopmentAuthority();
const { credentials } = handshakeRules(authority, 0);

/** What the relay calls a service in development. */
const mercys = "revocation/mercy.example";
const lukes = "revocation/lukes.example";
const [ada, ben, tablet] = ["ada@mercy.example/phone", "ben@lukes.example/phone", "ben@lukes.example/tablet"];

const sendersOf = (...services: Device[]): Extension =>
  writeExternalSenders(
    services.map(({ credential, keys }) => ({ credential, signatureKey: keys.publicKey })),
  );

/** A conversation of ada and both devices of ben, whose group names these services. */
function conversationWith(world: World, services: Device[]): Promise<Member[]> {
  return makeConversationWith(world, [sendersOf(...services)], ada, ben, tablet);
}

/** A proposal of a service for the epoch that a member is in. */
function propose(service: Device, { group, conversation }: Member, proposal: Proposal, senderIndex = 0) {
  const { privateKey: signaturePrivateKey } = service.keys;
  const payload = createExternalProposal(group, proposal, { senderIndex, signaturePrivateKey });
  return service.request({
    ...{ type: "append", kind: "proposal", conversation, epoch: group.epoch, payload },
    ...{ welcome: undefined, groupInfo: undefined },
  });
}

const remove = (leaf: number): Proposal => ({ type: "remove", removed: leaf });

describe("a revocation service", () => {
  test("is told to the devices of its domain, and to whoever takes keys of them", async () => {
    const world = await makeWorld();
    const [a, b] = (await logInAll(world, ada, ben)) as [Device, Device];
    const service = new Device(world, lukes);
    const now = world.clock.now();
    expect(await service.logIn()).toEqual({ type: "serving", domain: "lukes.example", now });
    const { signatureKey, credential } = service.proof();
    const services = [{ signatureKey, credential }];
    for (const device of [a, b]) await device.wire.close();
    expect(await b.logIn()).toMatchObject({ type: "welcome", services });
    expect(await a.logIn()).toMatchObject({ type: "welcome", services: [] });
    const claim = (person: string): Request => ({ type: "claim", suite: 2, persons: [person], except: [] });
    expect(await a.request(claim(b.person))).toMatchObject({ type: "claimed", services });
    expect(await b.request(claim(a.person))).toMatchObject({ type: "claimed", services: [] });
  });

  test("does nothing that devices do, and they do nothing that it does", async () => {
    const world = await makeWorld();
    const service = new Device(world, lukes);
    const [a, b] = (await conversationWith(world, [service])) as [Member, Member];
    await service.logIn();
    const { conversation, group } = b;
    const append = {
      type: "append",
      conversation,
      epoch: group.epoch,
      payload: b.encrypt("hello"),
      welcome: undefined,
      groupInfo: undefined,
    } as const;
    const hash = world.random(32);
    const requests: Request[] = [
      { type: "publish", replaces: false, keyPackages: [], lastResort: undefined },
      { type: "claim", suite: 2, persons: [a.device.person], except: [] },
      { ...alone, conversation: hash, payload: b.found() },
      { ...append, kind: "application" },
      { ...append, kind: "receipt" },
      { ...append, kind: "fault" },
      { ...append, kind: "commit" },
      { type: "fetch", conversation, after: 0, limit: 9 },
      { type: "subscribe", inboxAfter: 0 },
      { type: "acknowledge-inbox", upTo: 9 },
      { type: "ends", nonce: hash.slice(0, 16), digest: hash },
    ];
    for (const request of requests)
      expect([request.type, await service.request(request)]).toEqual([request.type, notAllowed]);
    expect(await b.device.request({ type: "revoke", device: tablet, after: undefined })).toEqual(notAllowed);
    expect(await a.device.request({ type: "revoke", device: tablet, after: undefined })).toEqual(notAllowed);
  });

  test("gets how a group is where the group names it, and proposes by that", async () => {
    const world = await makeWorld();
    const service = new Device(world, lukes);
    const [a, b] = (await conversationWith(world, [service])) as [Member, Member];
    const other = new Device(world, mercys);
    for (const one of [service, other]) await one.logIn();
    const request: Request = { type: "group-info", conversation: a.conversation };
    expect(await other.request(request)).toEqual(notAllowed);
    const answer = await service.request(request);
    if (answer.type !== "group-info") throw new Error(`expected a group, found ${answer.type}`);
    const { groupInfo, ratchetTree } = answer;
    const group = publicGroupFrom({ suite: service.suite, groupInfo, ratchetTree, credentials });
    expect(group.context).toEqual(b.group.context);
    const stranger = new Device(world, lukes);
    // Of the same domain, but with another key: it is no newer one.
    expect(await stranger.logIn()).toEqual(notAllowed);
    expect(await propose(other, a, remove(2))).toEqual(notAllowed);
    // Nor does it hear how far a conversation has come.
    const stale = new Member(a.device, a.conversation);
    stale.group = { ...a.group, epoch: 0n };
    expect(await propose(other, stale, remove(2))).toEqual(notAllowed);
  });

  test("has devices of its domain removed before anything is said, and of no other", async () => {
    const world = await makeWorld();
    const [service, other] = [new Device(world, lukes), new Device(world, mercys)];
    const [a, b, t] = (await conversationWith(world, [other, service])) as [Member, Member, Member];
    for (const one of [service, other]) await one.logIn();
    expect(await propose(service, a, remove(a.leaf), 1)).toEqual(invalid);
    expect(await propose(other, a, remove(t.leaf), 0)).toEqual(invalid);
    // In another's place, whose signature it is not.
    expect(await propose(other, a, remove(t.leaf), 1)).toEqual(invalid);
    const cai = new Member((await logInAll(world, "cai@lukes.example/phone"))[0] as Device, a.conversation);
    const others: Proposal[] = [
      await cai.invitation(),
      { type: "group-context-extensions", extensions: a.group.context.extensions },
      { type: "reinit", reInit: { groupId: world.random(32), version: 1, cipherSuite: 2, extensions: [] } },
    ];
    for (const proposal of others) expect(await propose(service, a, proposal, 1)).toEqual(invalid);
    // What a member has signed is that member's to send, and the other way round.
    const message = createProposal(b.group, remove(t.leaf)).message;
    const append = { kind: "proposal", payload: message, conversation: a.conversation } as const;
    const rest = { type: "append", epoch: a.group.epoch, welcome: undefined, groupInfo: undefined } as const;
    expect(await service.request({ ...rest, ...append })).toEqual(notAllowed);
    const { privateKey: signaturePrivateKey } = service.keys;
    const key = { senderIndex: 1, signaturePrivateKey };
    const payload = createExternalProposal(a.group, remove(t.leaf), key);
    expect(await b.append({ kind: "proposal", payload })).toEqual(notAllowed);

    for (let times = 0; times < 2; times++)
      expect(await service.request({ ...rest, ...append, payload })).toMatchObject({
        type: "appended",
        seq: 3,
      });
    // One such proposal is enough: another one of the same device could not be committed with it.
    expect(await propose(service, a, remove(t.leaf), 1)).toEqual({ type: "refused", code: "commit-first" });
    expect(await b.say("not yet")).toEqual({ type: "refused", code: "commit-first" });
    expect(await a.commit([])).toEqual({ type: "refused", code: "missing-proposals" });
    const { entries } = await a.fetch(2);
    for (const entry of entries) for (const member of [a, b]) member.take(entry);
    expect(await a.commit([])).toMatchObject({ type: "appended", seq: 4 });
    expect(a.group.tree).not.toBe(b.group.tree);
    expect(await a.say("now")).toMatchObject({ type: "appended", seq: 5 });
    expect(await propose(service, b, remove(t.leaf), 1)).toEqual({ type: "epoch-changed", epoch: 2n });
  });

  test("whose credential has ended proposes nothing", async () => {
    let end = Number.POSITIVE_INFINITY;
    const doubting: CredentialAuthority = {
      ...authority,
      revocationServiceOf: (claim) =>
        (claim.at ?? 0) < end ? authority.revocationServiceOf?.(claim) : undefined,
    };
    const world = await makeWorld({ authority: () => doubting });
    const service = new Device(world, lukes);
    const [a] = (await conversationWith(world, [service])) as [Member];
    await service.logIn();
    end = world.clock.now();
    expect(await propose(service, a, remove(2))).toEqual(invalid);
    await service.wire.close();
    expect(await service.logIn()).toEqual(notAllowed);
  });

  test("takes the place of one whose credential ends earlier, and no old one comes back", async () => {
    const ends = new Map<string, number>();
    const doubting: CredentialAuthority = {
      ...authority,
      expiresAt: (credential) => [...ends].find(([, end]) => end > 0 && credential.type === "basic")?.[1],
    };
    const world = await makeWorld({ authority: () => doubting });
    const log = async (end: number): Promise<Device> => {
      ends.clear();
      ends.set("all", world.clock.now() + end);
      const service = new Device(world, lukes);
      expect(await service.logIn()).toMatchObject({ type: "serving" });
      return service;
    };
    const keyOf = async () => (await world.store.readServices(["lukes.example"]))[0]?.signatureKey;
    const first = await log(50_000);
    expect(await keyOf()).toEqual(first.keys.publicKey);
    const newer = await log(90_000);
    expect(await keyOf()).toEqual(newer.keys.publicKey);
    ends.set("all", world.clock.now() + 70_000);
    const older = new Device(world, lukes);
    expect(await older.logIn()).toEqual(notAllowed);
    expect(await keyOf()).toEqual(newer.keys.publicKey);
    // What is open of the one before says nothing that it could not have said before.
    await newer.wire.close();
    ends.set("all", world.clock.now() + 90_000);
    expect(await newer.logIn()).toMatchObject({ type: "serving" });
  });
});

describe("a device that was revoked", () => {
  test("is turned out, and not let in again, also after a restart", async () => {
    const store = memoryRelayStore();
    const world = await makeWorld({ store });
    const service = new Device(world, lukes);
    const [, b, t] = (await conversationWith(world, [service])) as [Member, Member, Member];
    await service.logIn();
    const { conversation } = b;
    expect(await service.request({ type: "revoke", device: tablet, after: undefined })).toEqual({
      type: "revoked",
      conversations: [conversation],
    });
    await t.device.wire.closed;
    expect(b.device.wire.isClosed).toBe(false);
    expect(await t.device.logIn()).toEqual(notAllowed);
    const again = await makeWorld({ store: store.reopen(), seed: "again" });
    expect(await new Device(again, tablet).logIn()).toEqual(notAllowed);
    for (const device of [ada, "ben@lukes.example", "ben@lukes.example/", "lukes.example/tablet"])
      expect(await service.request({ type: "revoke", device, after: undefined })).toEqual(notAllowed);
    expect(world.log.join("")).toContain("device-revoked");
    expect(world.log.join("")).not.toContain("tablet");
  });

  test("is turned out where it logs in at that very moment", async () => {
    const world = await makeWorld();
    const service = new Device(world, lukes);
    const late = new Device(world, tablet);
    await service.logIn();
    await late.dial();
    const [login] = await Promise.all([
      late.logIn(),
      service.request({ type: "revoke", device: tablet, after: undefined }),
    ]);
    if (login.type === "welcome") await late.wire.closed;
    expect(await late.logIn()).toEqual(notAllowed);
    await service.wire.close();
    await world.relay.close();
    // Nothing watches for it any more.
    expect(world.clock.pending).toBe(0);
  });

  test("is handed out to nobody, and cannot be added by keys that were taken before", async () => {
    const world = await makeWorld();
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const [device] = (await logInAll(world, tablet)) as [Device];
    const late = new Member(device, a.conversation);
    const invitation = await late.invitation();
    const service = new Device(world, lukes);
    await service.logIn();
    await service.request({ type: "revoke", device: tablet, after: undefined });
    expect(await a.commit([invitation])).toEqual(notAllowed);
    const claimed = await a.device.request({
      type: "claim",
      suite: 2,
      persons: [b.device.person],
      except: [],
    });
    if (claimed.type !== "claimed") throw new Error("expected a claim");
    expect(claimed.persons[0]?.devices.map((one) => one.device)).toEqual([ben]);
  });
});

test("connections of a device that was revoked end, and such that come while its logins may be under way", () => {
  const connections = new Connections(defaultLimits);
  let ended = 0;
  const turnOut = (): void => {
    ended += 1;
  };
  const session = { giveWay: () => {}, turnOut };
  connections.enter(ben, session);
  connections.enter(tablet, session);
  let cancelled = 0;
  let end = (): void => {};
  const later = (call: () => void) => {
    end = call;
    return () => {
      cancelled += 1;
    };
  };
  connections.turnOut(tablet, later);
  expect(ended).toBe(1);
  connections.enter(tablet, session);
  expect(ended).toBe(2);
  end();
  connections.enter(tablet, session);
  expect([ended, cancelled]).toEqual([2, 0]);
  connections.turnOut(tablet, later);
  connections.turnOut(tablet, later);
  connections.close();
  expect(cancelled).toBe(2);
});

describe("what a group says of itself", () => {
  test("stays, but for revocation services that members name", async () => {
    const world = await makeWorld();
    const [service, other] = [new Device(world, lukes), new Device(world, mercys)];
    const [a, b] = (await conversationWith(world, [service])) as [Member, Member];
    const hub = writeAppDataDictionary(new Map([[0x8001, world.random(8)]]));
    const change = async (by: Member, ...extensions: Extension[]) => {
      const proposal: Proposal = { type: "group-context-extensions", extensions };
      // Whatever the member's own app would say.
      const staged = by.stage([proposal], { credentials: { isValid: () => true } });
      const answer = await by.submit(staged);
      if (answer.type === "appended") by.group = staged.next;
      return answer;
    };
    const [old, both, swapped] = [sendersOf(service), sendersOf(service, other), sendersOf(other)];
    const twice = sendersOf(service, new Device(world, lukes));
    const nobody = sendersOf(service, new Device(world, "ben@lukes.example/phone"));
    for (const refused of [[], [hub], [old, hub], [swapped], [twice], [nobody]])
      expect(await change(a, ...refused)).toEqual(invalid);
    expect(await change(a, both)).toMatchObject({ type: "appended" });
    const { entries } = await b.fetch(2);
    for (const entry of entries) b.take(entry);
    expect(await change(b, old)).toEqual(invalid);
    expect(sameBytes(b.group.context.extensions[0]?.data ?? new Uint8Array(), both.data)).toBe(true);
  });

  test("is cleared of services that nobody has a member for", async () => {
    const world = await makeWorld();
    const [service, other] = [new Device(world, lukes), new Device(world, mercys)];
    const [a, b, t] = (await conversationWith(world, [service])) as [Member, Member, Member];
    const name = (extension: Extension): Proposal => {
      return { type: "group-context-extensions", extensions: [extension] };
    };
    const remove = (member: Member): Proposal => ({ type: "remove", removed: member.leaf });
    // In the very commit that removes the last of them it is still theirs.
    expect(await a.commit([remove(b), remove(t), name(sendersOf(other))])).toEqual(invalid);
    expect(await a.commit([remove(b), remove(t)])).toMatchObject({ type: "appended" });
    expect(await a.commit([name(sendersOf(other))])).toMatchObject({ type: "appended" });
  });

  test("holds for the group that follows it, too", async () => {
    const world = await makeWorld();
    const service = new Device(world, lukes);
    const [a] = (await conversationWith(world, [service])) as [Member];
    const reInit = { groupId: world.random(32), version: 1, cipherSuite: 2, extensions: [] };
    expect(await a.commit([{ type: "reinit", reInit }])).toEqual(invalid);
  });

  test("names one service of each domain from the beginning", async () => {
    const world = await makeWorld();
    const [device] = (await logInAll(world, ada)) as [Device];
    const open = (...services: Device[]) => {
      const member = new Member(device, world.random(32));
      return member.create(member.found({ extensions: [sendersOf(...services)] }));
    };
    const services = [lukes, lukes, mercys].map((name) => new Device(world, name)) as [
      Device,
      Device,
      Device,
    ];
    expect(await open(...services)).toEqual(notAllowed);
    expect(await open(services[0], services[2])).toMatchObject({ type: "appended" });
  });
});
