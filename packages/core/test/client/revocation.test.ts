import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { unsafeDevelopmentAuthority } from "../../src/conversation/identity.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import {
  announceService,
  type RevocationService,
  type RevokedMembership,
  revokeDevice,
  unsafeRevocationCredential,
} from "../../src/revocation.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { both, crypto, hybrid } from "./reinitializing-world.ts";
import { textsOf, type World, world } from "./world.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const [ada, ben, cai] = ["ada@mercy.example", "ben@lukes.example", "cai@lukes.example"];

function serviceOf(domain: string, seed = domain): RevocationService {
  return {
    suite: 2,
    signatureKeyPair: suite.signature.deriveKeyPair(seededRandom(seed)(suite.signature.seedSize)),
    credential: unsafeRevocationCredential(domain),
    authority: unsafeDevelopmentAuthority(),
  };
}

const announce = ({ relay, clock }: World, ...domains: string[]): Promise<unknown> =>
  Promise.all(
    domains.map((domain) =>
      announceService({ service: serviceOf(domain), transport: relay.transport(), clock }),
    ),
  );

const revoke = (
  { relay, clock }: World,
  person: string,
  device: string,
  service = serviceOf(person.split("@")[1] as string),
): Promise<RevokedMembership[]> =>
  revokeDevice({ service, device: { person, device }, transport: relay.transport(), clock, crypto });

test("a device that was revoked is removed before anything else is said, everywhere, and is let in no more", async () => {
  const w = world("revocation");
  await announce(w, "mercy.example", "lukes.example");
  const a = await w.client(ada);
  const phone = await w.client(ben);
  const tablet = await w.client(ben, { device: "tablet" });
  const [first, second] = [await a.open({ members: [ben] }), await a.open({ members: [ben] })];
  const conversations = [first.id, second.id];
  await w.until(() => conversations.every((id) => tablet.conversation(id) !== undefined));
  await first.send("before");
  await w.until(async () => (await textsOf(tablet, first.id)).length === 1);
  const removed: string[] = [];
  first.on("member", ({ removed: gone }) => void removed.push(...gone.map(({ device }) => device)));

  const outcome = await revoke(w, ben, "tablet");
  expect(new Map(outcome.map((one) => [one.conversation, one.outcome]))).toEqual(
    new Map(conversations.map((id) => [id, "waiting"])),
  );
  const after = await first.send("after");
  await w.until(async () => (await textsOf(phone, first.id)).length === 2);
  expect(removed).toEqual(["tablet"]);
  // Nothing stands in the log between the removal and the commit.
  expect(await after.status()).not.toBe("failed");
  await w.until(() => tablet.connection === "offline");
  await w.until(async () => (await revoke(w, ben, "tablet")).length === 0, "no membership is left");
  expect(await textsOf(tablet, first.id)).toEqual(["before"]);
  expect(first.members()).toContainEqual({ person: ben, devices: ["phone"] });

  const third = await a.open({ members: [ben] });
  await third.send("new");
  await w.until(async () => (await textsOf(phone, third.id)).length === 1);
  expect(tablet.conversation(third.id)).toBe(undefined);
  expect(tablet.connection).toBe("offline");
  await w.close();
});

test("services that the relay tells of later are named by those who are there already", async () => {
  const w = world("later");
  const a = await w.client(ada);
  const clients = [await w.client(ben), await w.client(ben, { device: "tablet" })];
  const conversation = await a.open({ members: [ben] });
  await w.until(() => clients.every((client) => client.conversation(conversation.id) !== undefined));
  await announce(w, "lukes.example");
  const events: string[] = [];
  for (const client of [a, ...clients]) client.on("member", () => void events.push("member"));
  w.relay.cut();
  await w.until(() => [a, ...clients].every((client) => client.connection === "online"));
  for (let second = 0; second < 10; second++) {
    w.clock.advance(1_000);
    await w.settle();
  }
  expect(await revoke(w, ben, "tablet")).toEqual([{ conversation: conversation.id, outcome: "waiting" }]);
  // To name a service changes nobody's membership.
  expect(events).toEqual([]);
  await w.until(() => events.length > 0);
  await w.close();
});

test("a conversation that does not name the service yet is told as such", async () => {
  const w = world("not named");
  const a = await w.client(ada);
  await w.client(ben);
  const conversation = await a.open({ members: [ben] });
  const outcome = [{ conversation: conversation.id, outcome: "not-named" }];
  expect(await revoke(w, ben, "phone")).toEqual(outcome);
  // Its members remove the device then, and the relay lets nobody add it again.
  await conversation.remove([ben]);
  expect(await revoke(w, ben, "phone")).toEqual([]);
  await expect(conversation.add([ben])).rejects.toThrow("does not know a recipient");
  await w.close();
});

test("whoever adds somebody of another domain names that domain's service with it", async () => {
  const w = world("added");
  await announce(w, "lukes.example");
  const a = await w.client(ada);
  const cai = await w.client("cai@mercy.example");
  const b = await w.client(ben);
  const conversation = await a.open({ members: ["cai@mercy.example"] });
  await conversation.add([ben]);
  // Nobody of lukes has done anything yet.
  expect(await revoke(w, ben, "phone")).toEqual([{ conversation: conversation.id, outcome: "waiting" }]);
  await w.until(() => conversation.members().every(({ person }) => person !== ben));
  await conversation.send("just us");
  await w.until(async () => (await textsOf(cai, conversation.id)).length === 1);
  expect(await textsOf(b, conversation.id)).toEqual([]);
  await w.close();
});

test("what follows a conversation names the services, too", async () => {
  const w = world("successor", { crypto });
  await announce(w, "mercy.example", "lukes.example");
  const a = await w.client(ada, both);
  const b = await w.client(ben, both);
  const conversation = await a.open({ members: [ben] });
  await w.until(() => b.conversation(conversation.id) !== undefined);
  const next = await a.reinitialize(conversation, { suite: hybrid });
  const outcomes = await revoke(w, ben, "phone");
  expect(outcomes).toHaveLength(2);
  expect(outcomes).toContainEqual({ conversation: next.id, outcome: "waiting" });
  expect(outcomes).toContainEqual({ conversation: conversation.id, outcome: "ended" });
  await w.close();
});

test("where all devices of all members are revoked, each goes by itself", async () => {
  const w = world("all");
  await announce(w, "lukes.example");
  const b = await w.client(ben);
  const c = await w.client(cai);
  const conversation = await b.open({ members: [cai] });
  await w.until(() => c.conversation(conversation.id) !== undefined);
  expect(await revoke(w, ben, "phone")).toEqual([{ conversation: conversation.id, outcome: "waiting" }]);
  await w.until(() => c.conversation(conversation.id)?.members().length === 1);
  expect(await revoke(w, cai, "phone")).toEqual([{ conversation: conversation.id, outcome: "waiting" }]);
  expect(b.connection).toBe("offline");
  await w.close();
});

test("a service revokes nobody else's devices, and nobody is a service who is none", async () => {
  const w = world("refusals");
  const invalid = expect.objectContaining({ code: "invalid-argument" });
  await expect(revoke(w, ben, "phone", serviceOf("mercy.example"))).rejects.toEqual(invalid);
  const service = serviceOf("lukes.example");
  const noService = { ...service, credential: { type: "basic", identity: utf8(`${ben}/phone`) } as const };
  await expect(revoke(w, ben, "phone", noService)).rejects.toEqual(invalid);
  const unknown = { ...service, suite: 0x7777 };
  await expect(revoke(w, ben, "phone", unknown)).rejects.toMatchObject({ code: "unsupported-suite" });
  const otherKey = { ...service, signatureKeyPair: serviceOf("mercy.example").signatureKeyPair };
  const broken = {
    ...otherKey,
    signatureKeyPair: { ...otherKey.signatureKeyPair, publicKey: service.signatureKeyPair.publicKey },
  };
  await expect(revoke(w, ben, "phone", broken)).rejects.toMatchObject({ code: "login-refused" });
  const options = {
    device: { person: ben, device: "phone" },
    transport: w.relay.transport(),
    clock: w.clock,
  };
  const signal = AbortSignal.abort();
  await expect(revokeDevice({ ...options, service, signal })).rejects.toMatchObject({ code: "aborted" });
  const during = new AbortController();
  const waiting = revokeDevice({ ...options, service, signal: during.signal });
  during.abort();
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  await w.close();
});
