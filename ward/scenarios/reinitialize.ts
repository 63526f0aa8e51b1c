import assert from "node:assert/strict";
import type { ClientMessage } from "@readback/core/wire";
import type { Device } from "../world/device.ts";
import { suitesOf } from "../world/world.ts";
import { ada, ben, cleo, dora } from "./persons.ts";
import type { Scenario } from "./scenario.ts";
import { clientOf, conversationOf, personsOf, phaseOf, Scene } from "./scene.ts";

const [first, second] = suitesOf.model;

/** Groups that end so that others follow them. */
export const reinitializationScenarios: readonly Scenario[] = [
  {
    number: 9,
    name: "reinit-half-done",
    async play() {
      const scene = new Scene("reinit half done");
      const [a, b, c, d] = await all(scene, ada, ben, cleo, dora);
      const id = await scene.open(a, b, c, d);
      await scene.say(a, id);
      await scene.allShow([a, b, c, d], id, 1);
      // Ada's device ends the group, and is gone before it could open the next one.
      a.between = { fromClient: (message) => (isCreation(message) ? [] : undefined) };
      clientOf(a)
        .reinitialize(conversationOf(a, id), { suite: second })
        .catch(() => {});
      await scene.until(() => [b, c, d].every((device) => phaseOf(device, id) === "moved"), "it has ended");
      a.crash();
      a.between = undefined;
      // Two go on with it at once: what Ben's device sends first arrives last.
      b.between = { fromClient: (message) => (isCreation(message) ? [] : undefined) };
      await scene.until(() => followers(b, id).length + followers(c, id).length > 0, "it goes on");
      b.between = undefined;
      await scene.crash(b);
      await scene.until(() => [b, c, d].every((device) => followers(device, id).length === 1), "for all");
      const [next] = followers(c, id) as [string];
      for (const device of [b, c, d]) {
        assert.deepEqual(followers(device, id), [next]);
        assert.equal(conversationOf(device, next).suite, second);
        await scene.say(device, next);
      }
      await scene.allShow([b, c, d], next, 3);
      assert.equal(scene.count(next, "create"), 1);
      await scene.of(a.start());
      await scene.until(() => followers(a, id).length === 1, "ada comes along");
      await scene.say(a, next);
      await scene.allShow([a, b, c, d], next, 4);
      assert.deepEqual(personsOf(a, next), [ada, ben, cleo, dora]);
      await scene.end();
    },
  },
  {
    number: 42,
    name: "suite-upgrade",
    async play() {
      const scene = new Scene("suite upgrade");
      const [a, b] = await all(scene, ada, ben);
      const c = await scene.device(cleo, "phone", undefined, [first]);
      const id = await scene.open(a, b, c);
      await scene.say(a, id);
      await scene.allShow([a, b, c], id, 1);
      c.crash();
      await scene.say(b, id);
      // Who is away and has no keys of the suite would be left behind: nothing ends.
      const refused = clientOf(a).reinitialize(conversationOf(a, id), { suite: second });
      assert.equal(await scene.codeOf(refused), "unknown-recipient");
      assert.equal(phaseOf(a, id), "active");
      // The program is replaced by one that has it, and the device is off again.
      c.suites = [first, second];
      await scene.of(c.start());
      await scene.of(clientOf(c).online());
      await scene.allShow([a, b, c], id, 2);
      c.crash();
      await scene.say(a, id);
      const { id: next } = await scene.of(clientOf(a).reinitialize(conversationOf(a, id), { suite: second }));
      await scene.say(a, next);
      await scene.until(() => followers(b, id).length === 1, "ben comes along");
      assert.equal(await scene.codeOf(conversationOf(b, id).send("no")), "conversation-moved");
      // Whoever was away reads the old one to its end, and goes on in the new one.
      await scene.of(c.start());
      await scene.until(() => followers(c, id).length === 1, "cleo comes along");
      await scene.allShow([a, b, c], id, 3);
      await scene.say(c, next);
      await scene.allShow([a, b, c], next, 2);
      for (const device of [a, b, c]) {
        assert.equal(conversationOf(device, next).continues?.id, id);
        assert.equal(conversationOf(device, next).suite, second);
      }
      await scene.end();
    },
  },
];

/** Phones of persons that have both suites. */
async function all<Persons extends readonly string[]>(
  scene: Scene,
  ...persons: Persons
): Promise<{ [K in keyof Persons]: Device }> {
  const devices: Device[] = [];
  for (const person of persons) devices.push(await scene.device(person, "phone", undefined, [first, second]));
  return devices as { [K in keyof Persons]: Device };
}

/** The conversations that a device knows one to go on in. */
function followers(device: Device, id: string): string[] {
  const conversation = device.client?.conversation(id);
  return conversation?.continuedBy.map((next) => next.id) ?? [];
}

function isCreation(message: ClientMessage): boolean {
  return message.type === "request" && message.request.type === "create";
}
