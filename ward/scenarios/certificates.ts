import assert from "node:assert/strict";
import { defaultCryptoProvider } from "@readback/core/crypto";
import { createKeyPackage } from "@readback/core/mls";
import type { Answer } from "@readback/core/wire";
import { forgeRemoval } from "./forge-removal.ts";
import { certificatesOf, Hospital } from "./hospital.ts";
import type { Scenario } from "./scenario.ts";
import { clientOf, conversationOf, personsOf, phaseOf, Scene, type SceneOptions } from "./scene.ts";

const minute = 60_000;
const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

/** A scene in which two hospitals vouch for their devices. */
function certified(name: string, options: SceneOptions = {}) {
  const hospitals = [new Hospital("mercy.example"), new Hospital("stlukes.example")] as const;
  // A root to come is trusted before anything is issued under it.
  const nextRoot = hospitals[0].makeNextRoot();
  const now = (): number => scene.world.relay.clock.now();
  const scene: Scene = new Scene(name, {
    crypto: "real",
    credentials: certificatesOf(hospitals, now),
    ...options,
  });
  return { scene, mercy: hospitals[0], stlukes: hospitals[1], nextRoot, now };
}

/** Days pass, hour by hour: what is due in between happens in between. */
async function days(scene: Scene, count: number): Promise<void> {
  for (let hour = 0; hour < count * 24; hour++) await scene.pass(3_600_000);
}

/** Devices whose organisations vouch for them. */
export const certificateScenarios: readonly Scenario[] = [
  {
    number: 26,
    name: "ghost-device-with-a-certificate",
    async play() {
      const { scene, now } = certified("ghost device with a certificate");
      const [a, b] = await scene.devices(ada, ben);
      // The relay has an authority of its own, which nobody trusts, and says that Ben has a second device.
      const impostor = new Hospital("stlukes.example", "impostor");
      const suite = defaultCryptoProvider().suite(2);
      assert.ok(suite !== undefined);
      const random = scene.world.chance.bytes;
      const signatureKeyPair = suite.signature.deriveKeyPair(random(suite.signature.seedSize));
      const { credential } = impostor.vouch(`${ben}/ghost`, signatureKeyPair.publicKey, now());
      const seconds = BigInt(Math.floor(now() / 1_000));
      const lifetime = { notBefore: seconds - 3_600n, notAfter: seconds + 86_400n };
      const ghost = createKeyPackage({ suite, signatureKeyPair, credential, random, lifetime });
      const haunted = (answer: Answer): Answer => {
        if (answer.type !== "claimed") return answer;
        const device = { device: `${ben}/ghost`, keyPackage: ghost.bytes };
        return {
          ...answer,
          persons: answer.persons.map((each) =>
            each.person === ben ? { ...each, devices: [...each.devices, device] } : each,
          ),
        };
      };
      a.between = {
        fromRelay: (message) =>
          message.type === "answer" ? [{ ...message, answer: haunted(message.answer) }] : undefined,
      };
      assert.equal(await scene.codeOf(clientOf(a).open({ members: [ben] })), "mls-leaf-credential");
      assert.deepEqual(clientOf(a).conversations(), []);
      a.between = undefined;
      const id = await scene.open(a, b);
      assert.deepEqual(
        conversationOf(a, id)
          .members()
          .map(({ devices }) => devices),
        [["phone"], ["phone"]],
      );
      // The log of the first try is left, with nobody in it but who gave it up.
      await scene.say(b, id);
      await scene.allShow([a, b], id, 1);
    },
  },
  {
    number: 36,
    name: "certificate-ends-between-sending-and-reading",
    async play() {
      const { scene, mercy } = certified("certificate ends between sending and reading", {
        allowed: ["enrolment-failed", "login-refused"],
      });
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      // Ben is away for a month. What Ada says on the 29th day is good for ever; what she says later has to wait.
      b.line.down(0, 0);
      mercy.days = 0;
      await days(scene, 28.5);
      await scene.say(a, id);
      await scene.until(() => scene.count(id, "application") === 1, "it has its place");
      await days(scene, 3);
      await scene.say(a, id);
      await scene.pass(10 * minute);
      assert.equal(scene.count(id, "application"), 1);
      b.line.up();
      await scene.allShow([b], id, 1);
      mercy.days = 30;
      await days(scene, 0.2);
      await scene.allShow([a, b], id, 2);
      assert.ok((await scene.texts(b, id)).every((text) => !text.startsWith("[")));
      await scene.end();
    },
  },
  {
    number: 36,
    name: "root-is-replaced",
    async play() {
      const { scene, mercy, nextRoot } = certified("root is replaced");
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      await scene.say(a, id);
      mercy.rollOver(nextRoot);
      const tablet = await scene.device(ada, "tablet");
      await scene.until(() => phaseOf(tablet, id) === "active", "the tablet is a member");
      // Both roots are in one tree, until the phone gets its next certificate.
      await scene.say(tablet, id);
      await days(scene, 21);
      for (const device of [a, tablet, b]) await scene.say(device, id);
      await scene.allShow([a, b], id, 5);
      await scene.end();
    },
  },
  {
    number: 36,
    name: "certificate-for-another-domain",
    async play() {
      const { scene, mercy, now } = certified("certificate for another domain");
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      // Mercy's authority vouches for a person of St. Luke's: by its name constraints, and by whose root it is, for nothing.
      const signature = defaultCryptoProvider().suite(2)?.signature;
      assert.ok(signature !== undefined);
      const { publicKey } = signature.deriveKeyPair(scene.world.chance.bytes(signature.seedSize));
      const at = now();
      const { authority } = scene.world.credentials;
      const isTaken = (name: string): boolean =>
        authority.isValid({
          credential: mercy.vouch(name, publicKey, at).credential,
          signaturePublicKey: publicKey,
          at,
        });
      assert.deepEqual([`${ada}/forged`, `${ben}/forged`].map(isTaken), [true, false]);
      assert.deepEqual(personsOf(a, id), [ada, ben]);
      await scene.say(b, id);
      await scene.allShow([a, b], id, 1);
      await scene.end();
    },
  },
  {
    number: 36,
    name: "revoked-mid-conversation",
    async play() {
      const { scene } = certified("revoked in the middle of a conversation", { allowed: ["login-refused"] });
      const { world } = scene;
      const stlukes = world.office("stlukes.example");
      await scene.of(stlukes.announce());
      const [a, b] = await scene.devices(ada, ben);
      const lost = await scene.device(ben, "tablet");
      const id = await scene.open(a, b, lost);
      await scene.say(lost, id);
      await scene.allShow([a, b, lost], id, 1);
      // It was lost: whoever has found it has everything up to here, and nothing that comes after the removal.
      a.line.down(0, 0);
      b.line.down(0, 0);
      assert.deepEqual(await scene.of(stlukes.revoke(lost)), [{ conversation: id, outcome: "waiting" }]);
      await scene.until(() => lost.client?.connection === "offline", "the tablet is turned out");
      lost.isRetired = true;
      a.line.up();
      b.line.up();
      await scene.say(a, id);
      await scene.allShow([a, b], id, 2);
      const kinds = world.witness.logs.get(id)?.entries.map(({ kind }) => kind) ?? [];
      assert.equal(kinds[kinds.indexOf("proposal") + 1], "commit");
      assert.deepEqual(await scene.of(stlukes.revoke(lost)), []);
      assert.deepEqual(personsOf(a, id), [ada, ben]);
      await scene.end();
    },
  },
  {
    number: 34,
    name: "organisation-removes-the-device-of-another",
    async play() {
      const { scene } = certified("organisation removes the device of another", {
        allowed: ["login-refused"],
      });
      const { world } = scene;
      const mercy = world.office("mercy.example");
      for (const office of [mercy, world.office("stlukes.example")]) await scene.of(office.announce());
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      assert.equal(await scene.codeOf(mercy.revoke(b)), "invalid-argument");
      // Nor by a service that asks for what the SDK would not: neither the relay nor a member takes it.
      assert.equal(await scene.of(forgeRemoval(mercy, id, b)), "invalid-handshake");
      assert.equal(scene.count(id, "proposal"), 0);
      // Its own it may.
      assert.equal(await scene.of(forgeRemoval(mercy, id, a)), "appended");
      await scene.until(() => personsOf(b, id).join() === ben, "Ada's phone is gone");
      assert.equal(phaseOf(b, id), "active");
      await scene.end();
    },
  },
];
