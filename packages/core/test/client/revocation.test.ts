import { expect, test } from "vitest";
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
import { textsOf, type World, world } from "./world.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const [ada, ben] = ["ada@mercy.example", "ben@lukes.example"];

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
  revokeDevice({ service, device: { person, device }, transport: relay.transport(), clock });

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
