import assert from "node:assert/strict";
import type { Message } from "@readback/core";
import { verifyEvidence } from "@readback/org/verify";
import type { Device } from "../world/device.ts";
import { ada, ben, cleo, dora } from "./persons.ts";
import type { Scenario } from "./scenario.ts";
import { conversationOf, phaseOf, Scene } from "./scene.ts";

/** What can be shown to others afterwards. */
export const proofScenarios: readonly Scenario[] = [
  {
    number: 41,
    name: "evidence-altered",
    async play() {
      const scene = new Scene("evidence altered", { crypto: "real" });
      const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
      const id = await scene.open(a, b, c);
      const text = await scene.say(a, id);
      await scene.allShow([a, b, c], id, 1);
      // Much happens to those who hold it before anybody asks.
      await scene.crash(a);
      const message = await messageOf(scene, b, id, text);
      scene.world.witness.device(b.fullName).acknowledged.add(message.id);
      await scene.of(message.acknowledge());
      await scene.of(conversationOf(c, id).add([dora]));
      await scene.of(conversationOf(a, id).remove([cleo]));
      await scene.crash(b);
      await scene.until(() => phaseOf(d, id) === "active", "dora is in");
      await scene.say(d, id);
      await scene.pass(60_000);
      for (const device of [a, b]) {
        const shown = await messageOf(scene, device, id, text);
        const file = await scene.of(conversationOf(device, id).evidence(shown.id));
        const verdict = verifyEvidence(file);
        assert.ok(verdict.holds, `of ${device.fullName}: ${JSON.stringify(verdict)}`);
        const { finding } = verdict;
        assert.equal(finding.message.by.person, ada);
        assert.ok(
          finding.signed.some(({ by }) => by.person === ben),
          "Ben's word is in it",
        );
        assert.deepEqual([...new Set(finding.members.map(({ person }) => person))].sort(), [ada, ben, cleo]);
        for (let at = 0; at < file.length; at += Math.ceil(file.length / 60)) {
          const altered = file.with(at, (file[at] as number) ^ (1 << (at % 8)));
          assert.ok(!verifyEvidence(altered).holds, `byte ${at} is another one`);
          assert.ok(!verifyEvidence(file.subarray(0, at)).holds, `it ends at ${at}`);
        }
      }
      await scene.end();
    },
  },
];

async function messageOf(scene: Scene, device: Device, id: string, text: string): Promise<Message> {
  const messages = await scene.of(conversationOf(device, id).messages({ limit: 100 }));
  const found = messages.find((message) => message.text === text);
  assert.ok(found !== undefined);
  return found;
}
