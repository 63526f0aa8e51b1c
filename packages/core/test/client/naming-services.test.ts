import { memoryRelayStore } from "@readback/relay";
import { expect, test } from "vitest";
import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import { type CredentialAuthority, unsafeDevelopmentAuthority } from "../../src/conversation/identity.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import {
  announceService,
  type RevocationService,
  revokeDevice,
  unsafeRevocationCredential,
} from "../../src/revocation.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { textsOf, world } from "./world.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const [ada, ben, cai, tim] = [
  "ada@mercy.example",
  "ben@lukes.example",
  "cai@mercy.example",
  "tim@third.example",
];

/** A world in which services of some domains come to be vouched for no more, and that counts commits. */
function doubting(seed: string) {
  const doubted = new Set<string>();
  const good = unsafeDevelopmentAuthority();
  const authority: CredentialAuthority = {
    ...good,
    revocationServiceOf: (claim) => {
      const domain = good.revocationServiceOf?.(claim);
      return domain === undefined || doubted.has(domain) ? undefined : domain;
    },
  };
  const store = memoryRelayStore();
  let commits = 0;
  const append: typeof store.append = (submission, decide) =>
    store.append(submission, (situation) => {
      const decision = decide(situation);
      if (decision.append?.entry.header.kind === "commit") commits += 1;
      return decision;
    });
  const here = world(seed, { authority, store: { ...store, append } });
  const serviceOf = (domain: string): RevocationService => ({
    suite: 2,
    signatureKeyPair: suite.signature.deriveKeyPair(seededRandom(domain)(suite.signature.seedSize)),
    credential: unsafeRevocationCredential(domain),
    authority,
  });
  const reach = () => ({ transport: here.relay.transport(), clock: here.clock });
  return {
    here,
    doubted,
    commits: () => commits,
    announce: (domain: string) => announceService({ service: serviceOf(domain), ...reach() }),
    revoke: async (person: string, device: string) => {
      const service = serviceOf(person.split("@")[1] as string);
      return (await revokeDevice({ service, device: { person, device }, ...reach() })).map(
        ({ outcome }) => outcome,
      );
    },
    client: (person: string, device = "phone") =>
      here.client(person, {
        device,
        identity: { ...unsafeDevelopmentIdentity({ person, device }), authority },
      }),
    async seconds(count: number, step = 1) {
      for (let second = 0; second < count; second += step) {
        here.clock.advance(step * 1_000);
        await here.settle();
      }
    },
  };
}

test("a service that nobody vouches for any more keeps nobody out", async () => {
  const { here, doubted, announce, client } = doubting("kept out");
  await announce("lukes.example");
  const [a, , c, d] = [
    await client(ada),
    await client(ben),
    await client(cai),
    await client("dan@mercy.example"),
  ];
  const conversation = await a.open({ members: [ben, cai] });
  await here.until(() => c.conversation(conversation.id) !== undefined);
  await conversation.remove([ben]);
  doubted.add("lukes.example");
  await conversation.add(["dan@mercy.example"]);
  await here.until(() => d.conversation(conversation.id)?.phase === "active");
  await conversation.send("welcome");
  await here.until(async () => (await textsOf(d, conversation.id)).length === 1);
  expect(here.errors).toEqual([]);
  await here.close();
});

test("whatever becomes of services, members come, go and speak", async () => {
  const { here, doubted, announce, client, seconds } = doubting("silence");
  for (const domain of ["lukes.example", "third.example"]) await announce(domain);
  const [a, b, c] = [await client(ada), await client(ben), await client(cai)];
  await client(tim);
  const conversation = await a.open({ members: [ben, tim, cai] });
  await here.until(() => [b, c].every((each) => each.conversation(conversation.id) !== undefined));
  await conversation.remove([tim]);
  for (const domain of ["lukes.example", "third.example"]) doubted.add(domain);
  await announce("mercy.example");
  here.relay.cut();
  await seconds(20);
  const left = b.conversation(conversation.id)?.leave();
  await here.until(() => conversation.members().length === 2);
  await left;
  await conversation.send("hello");
  await here.until(async () => (await textsOf(c, conversation.id)).length === 1);
  expect(conversation.members().map(({ person }) => person)).toEqual([ada, cai]);
  await here.close();
});

test("the devices of a domain name a service one after the other, and each one conversation after the other", async () => {
  const { here, announce, client, commits, seconds } = doubting("turns");
  const a = await client(ada);
  const [b] = [await client(ben), await client(ben, "tablet")];
  const ids: string[] = [];
  for (let count = 0; count < 4; count++) {
    await seconds(30);
    ids.push((await a.open({ members: [ben] })).id);
  }
  await here.until(() => ids.every((id) => b.conversation(id) !== undefined));
  await seconds(60);
  const before = commits();
  await announce("lukes.example");
  here.relay.cut();
  await seconds(20);
  expect(commits() - before).toBe(1);
  await seconds(30);
  expect(commits() - before).toBe(2);
  await seconds(120);
  // Two that come to the same conversation at once both make their commit; then it is named, and nobody does any more.
  const made = commits() - before;
  expect(made).toBeGreaterThanOrEqual(4);
  expect(made).toBeLessThanOrEqual(8);
  await seconds(600, 10);
  expect(commits() - before).toBe(made);
  await here.close();
});

test("where the first device of the domain is the one that was lost, the next one names the service soon", async () => {
  const { here, announce, client, revoke, seconds } = doubting("lost first");
  const a = await client(ada);
  const lost = await client(ben, "tablet");
  const b = await client(ben);
  const conversation = await lost.open({ members: [ada] });
  await here.until(() => [a, b].every((each) => each.conversation(conversation.id) !== undefined));
  await seconds(4_000, 10);
  await lost.close();
  await announce("lukes.example");
  here.relay.cut();
  await seconds(50);
  expect(await revoke(ben, "tablet")).toEqual(["not-named"]);
  await seconds(60);
  expect(await revoke(ben, "tablet")).toEqual(["waiting"]);
  await here.close();
});

test("who is added is added, where the service of their domain is good no more when it arrives", async () => {
  let end = Number.POSITIVE_INFINITY;
  const good = unsafeDevelopmentAuthority();
  const authority: CredentialAuthority = {
    ...good,
    revocationServiceOf: (claim) => ((claim.at ?? 0) < end ? good.revocationServiceOf?.(claim) : undefined),
  };
  const here = world("ended", { authority });
  const device = (person: string) =>
    here.client(person, {
      identity: { ...unsafeDevelopmentIdentity({ person, device: "phone" }), authority },
    });
  const signatureKeyPair = suite.signature.deriveKeyPair(seededRandom("ended")(suite.signature.seedSize));
  const credential = unsafeRevocationCredential("lukes.example");
  const service = { suite: 2, signatureKeyPair, credential, authority };
  await announceService({ service, transport: here.relay.transport(), clock: here.clock });
  const [a, b] = [await device(ada), await device(ben)];
  await device(cai);
  const conversation = await a.open({ members: [cai] });
  // It is good for four minutes yet: that is not worth a commit that might come too late.
  end = here.clock.now() + 240_000;
  await conversation.add([ben]);
  await here.until(() => b.conversation(conversation.id)?.phase === "active");
  const memberships = await revokeDevice({
    service,
    device: { person: ben, device: "phone" },
    transport: here.relay.transport(),
    clock: here.clock,
  });
  expect(memberships.map(({ outcome }) => outcome)).toEqual(["not-named"]);
  await here.close();
});
