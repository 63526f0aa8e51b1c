import assert from "node:assert/strict";
import type { RelayMessage } from "@readback/core/wire";
import type { Scenario } from "./scenario.ts";
import { conversationOf, personsOf, phaseOf, Scene } from "./scene.ts";

const [ada, ben, cleo] = ["ada@mercy.example", "ben@stlukes.example", "cleo@mercy.example"];
const dora = "dora@stlukes.example";

/** Relays that stop, devices that are lost. */
export const recoveryScenarios: readonly Scenario[] = [
  {
    number: 12,
    name: "commit-good-for-the-relay-only",
    async play() {
      const scene = new Scene("commit good for the relay only", {
        isLiedTo: true,
        findings: ["commit-refused"],
        allowed: ["mls-leaf-credential", "missed-epoch"],
      });
      const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
      const id = await scene.open(a, b, c);
      await scene.say(a, id);
      await scene.allShow([a, b, c], id, 1);
      // Ben's and Cleo's rules are others than Ada's and the relay's.
      for (const device of [b, c]) device.doubts = dora;
      await scene.of(conversationOf(a, id).add([dora]));
      await scene.until(() => [b, c].every((device) => phaseOf(device, id) === "halted"), "both stop");
      await scene.until(() => scene.hasFound(a, "commit-refused"), "ada hears of it");
      await scene.until(() => scene.count(id, "fault") === 2, "both have said so");
      await scene.say(a, id);
      // Nothing is taken back: ada undoes what they cannot process, and they come back by themselves.
      await scene.of(conversationOf(a, id).remove([dora]));
      await scene.until(() => [b, c].every((device) => phaseOf(device, id) === "active"), "both are back");
      for (const device of [a, b, c]) await scene.say(device, id);
      await scene.allHold([a, b, c], id, 5);
      const [, gap, ...rest] = await scene.texts(b, id);
      assert.equal(gap, "[missed-epoch]");
      assert.deepEqual(rest, (await scene.texts(a, id)).slice(2));
      assert.equal(phaseOf(d, id), "left");
      await scene.end();
    },
  },
  {
    number: 17,
    name: "log-pruned",
    async play() {
      const scene = new Scene("log pruned", { isLiedTo: true, allowed: ["pruned"] });
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b);
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
      b.crash();
      for (let i = 0; i < 3; i++) {
        await scene.say(a, id);
        await scene.of(conversationOf(a, id).add([cleo]));
        await scene.until(() => phaseOf(c, id) === "active", "cleo is in");
        await scene.say(a, id);
        await scene.of(conversationOf(a, id).remove([cleo]));
        await scene.pass(60_000);
      }
      // Nobody is there for longer than the relay keeps what was said.
      for (const device of [a, c]) device.crash();
      await scene.pass(31 * 86_400_000);
      for (const device of [a, c]) await scene.of(device.start());
      const last = await scene.say(a, id);
      await scene.of(b.start());
      await scene.allHold([b], id, 8);
      const texts = await scene.texts(b, id);
      assert.deepEqual(texts.slice(1, 7), Array(6).fill("[pruned]"));
      assert.equal(texts.at(-1), last);
      await scene.say(b, id);
      await scene.allHold([a], id, 9);
      await scene.end();
      // What was pruned, nobody says that they hold.
      const mine = await scene.of(conversationOf(a, id).messages({ limit: 100 }));
      const stati = await scene.of(Promise.all(mine.slice(1, 8).map((message) => message.status())));
      assert.ok(stati.slice(0, 6).every((status) => status === "unreadable" || status === "sent"));
      assert.equal(stati[6], "delivered");
    },
  },
  {
    number: 25,
    name: "stale-group-info",
    async play() {
      const scene = new Scene("stale group info", {
        allowed: ["missed-epoch", "mls-own-message", "mls-decryption"],
        findings: ["missing", "recovered"],
        isLiedTo: true,
      });
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b, c);
      // The relay keeps how the group was while Cleo was in it.
      const question = 5_000_000;
      let old: RelayMessage | undefined;
      b.between = {
        fromRelay(message) {
          if (message.type !== "answer" || message.id !== question) return undefined;
          old = message;
          return [];
        },
      };
      const conversation = Buffer.from(id, "hex");
      await scene.of(b.ask({ type: "request", id: question, request: { type: "group-info", conversation } }));
      await scene.until(() => old !== undefined, "it has it");
      b.storage.backUp();
      await scene.say(b, id);
      await scene.allShow([a, b, c], id, 1);
      await scene.of(conversationOf(a, id).remove([cleo]));
      b.crash();
      b.storage.rollBack();
      scene.world.witness.rolledBack(b);
      let served = 0;
      b.between = {
        fromRelay(message) {
          if (message.type !== "answer" || message.answer.type !== "group-info") return undefined;
          if (old?.type !== "answer") return undefined;
          served += 1;
          return [{ ...old, id: message.id }];
        },
      };
      await scene.of(b.start());
      await scene.until(() => served > 2, "Ben is shown the old group");
      await scene.pass(5_000);
      // Nobody comes back with an old group, and nothing is said in it.
      assert.equal(scene.count(id, "commit"), 2);
      b.between = undefined;
      await scene.until(() => scene.count(id, "commit") === 3, "Ben has his place again");
      const text = await scene.say(b, id);
      await scene.pass(5_000);
      assert.equal((await scene.texts(a, id)).at(-1), text);
      assert.deepEqual(personsOf(b, id), [ada, ben]);
      assert.ok(!(await scene.texts(c, id)).includes(text));
    },
  },
  {
    number: 39,
    name: "relay-stops-between-storing-and-telling",
    async play() {
      const scene = new Scene("relay stops between storing and telling");
      const { relay, witness } = scene.world;
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b);
      const crashOnce = (kind: string): void => {
        const inner = witness.onAppend.bind(witness);
        witness.onAppend = (submission, append) => {
          inner(submission, append);
          if (append.entry.header.kind !== kind) return;
          witness.onAppend = inner;
          scene.world.later(0, () => {
            relay.crash(scene.world.lines);
            scene.world.later(1_000, () => scene.world.startRelay());
          });
        };
      };
      crashOnce("application");
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
      crashOnce("commit");
      await scene.of(conversationOf(b, id).add([cleo]));
      await scene.until(() => phaseOf(c, id) === "active", "cleo is in");
      await scene.say(c, id);
      assert.equal(scene.count(id, "commit"), 2);
      await scene.end();
    },
  },
  {
    number: 39,
    name: "relay-put-back",
    async play() {
      const scene = new Scene("relay put back", {
        isRepeatable: true,
        findings: ["rolled-back"],
        allowed: ["log-broken"],
      });
      const { relay } = scene.world;
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
      const { age } = relay.store;
      await scene.say(a, id);
      await scene.allShow([a, b], id, 2);
      await putRelayBack(scene, age);
      await scene.until(
        () => [a, b].every((device) => scene.hasFound(device, "rolled-back")),
        "both find out",
      );
      // Nothing goes into a log that has forgotten what it had signed.
      const message = await scene.of(conversationOf(b, id).send("ward-canary-waits"));
      await scene.pass(60_000);
      assert.equal(await scene.of(message.status()), "queued");
      assert.equal((await scene.texts(a, id)).length, 2);
    },
  },
  {
    number: 39,
    name: "welcome-after-a-relay-was-put-back",
    async play() {
      const scene = new Scene("welcome after a relay was put back", { isRepeatable: true });
      const { relay } = scene.world;
      const [a, b] = await scene.devices(ada, ben);
      const { age } = relay.store;
      // What this tells Ben's phone is forgotten by the relay, and not by the phone.
      const tablet = await scene.device(ben, "tablet");
      await scene.pass(1_000);
      tablet.crash();
      tablet.isRetired = true;
      await putRelayBack(scene, age);
      await scene.pass(60_000);
      const id = await scene.open(a, b);
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
      await scene.end();
    },
  },
  {
    number: 39,
    name: "key-packages-after-a-relay-was-put-back",
    async play() {
      const scene = new Scene("key packages after a relay was put back", {
        isRepeatable: true,
        findings: ["rolled-back"],
        allowed: ["log-broken"],
      });
      const { relay } = scene.world;
      const [a, b] = await scene.devices(ada, ben);
      const { age } = relay.store;
      // It is opened with a key package that the relay will take for one nobody has used.
      await scene.open(a, b);
      await putRelayBack(scene, age);
      await scene.pass(60_000);
      const id = await scene.open(a, b);
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
    },
  },
  {
    number: 40,
    name: "device-lost-and-another-one-enrolled",
    async play() {
      const scene = new Scene("device lost and another one enrolled");
      const [a, b] = await scene.devices(ada, ben);
      const tablet = await scene.device(ben, "tablet");
      const id = await scene.open(a, b, tablet);
      await scene.say(a, id);
      await scene.allShow([a, b, tablet], id, 1);
      b.crash();
      b.isRetired = true;
      const next = await scene.device(ben, "next-phone");
      await scene.until(() => phaseOf(next, id) === "active", "the new device is in");
      await scene.say(next, id);
      await scene.allShow([a, tablet], id, 2);
      assert.equal((await scene.texts(next, id)).length, 1);
      await scene.end();
    },
  },
];

/** Lets the relay crash and start again with an older copy of its store. @param age - of that copy */
async function putRelayBack(scene: Scene, age: number): Promise<void> {
  const { relay, lines } = scene.world;
  relay.crash(lines);
  await scene.of(relay.store.restore(age));
  scene.world.startRelay();
}
