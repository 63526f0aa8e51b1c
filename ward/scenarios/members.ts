import assert from "node:assert/strict";
import { encodeContent } from "../../packages/core/src/conversation/content.ts";
import { contentContext } from "../../packages/core/src/conversation/content-context.ts";
import { seenHead } from "../../packages/core/src/conversation/content-details.ts";
import { poisons } from "../lies/poisons.ts";
import { Traitor } from "../lies/traitor.ts";
import { Attacker } from "./attacker.ts";
import { ada, ben, cleo, mallory } from "./persons.ts";
import type { Scenario } from "./scenario.ts";
import { conversationOf, phaseOf, Scene } from "./scene.ts";

const minute = 60_000;

/** A member that does what no client does. */
export const memberScenarios: readonly Scenario[] = [
  {
    number: 11,
    name: "bad-path-secrets",
    async play() {
      for (const share of ["some", "all"] as const) {
        const scene = new Scene(`bad path secrets for ${share}`, {
          allowed: [
            "mls-path-secret",
            "mls-path-key",
            "mls-confirmation-tag",
            "missed-epoch",
            "mls-decryption",
          ],
          findings: ["missing", "recovered"],
          isLiedTo: true,
        });
        const [a, b, c, m] = await scene.devices(ada, ben, cleo, mallory);
        const id = await scene.open(a, b, c, m);
        const { witness } = scene.world;
        // Ben is away; Cleo is there.
        b.crash();
        const traitor = new Traitor(scene.world, m);
        let spoiled = 0;
        await scene.of(
          traitor.commitBadly(id, () => {
            spoiled += 1;
            return share === "all" || spoiled % 2 === 1;
          }),
        );
        await scene.until(() => scene.count(id, "commit") >= 2, "the relay has taken it");
        assert.ok(spoiled > 0);
        await scene.pass(minute);
        await scene.of(b.start());
        await scene.until(
          () => [a, b, c].every((device) => phaseOf(device, id) === "active"),
          "all have their places again",
        );
        await scene.pass(minute);
        // Who could not follow said so by taking a new place: nobody else was kept from talking.
        assert.ok(scene.count(id, "commit") > 2, "somebody had to");
        for (const device of [a, b, c]) {
          const text = await scene.say(device, id);
          await scene.pass(10_000);
          for (const other of [a, b, c]) assert.equal((await scene.texts(other, id)).at(-1), text);
        }
        const contexts = witness.logs.get(id)?.contexts.size ?? 0;
        assert.ok(contexts > 2);
      }
    },
  },
  {
    number: 31,
    name: "poisoned-content",
    async play() {
      const scene = new Scene("poisoned content", {
        findings: ["false-claim", "missing"],
        allowed: ["malformed", "too-large"],
        isLiedTo: true,
      });
      const [a, b, m] = await scene.devices(ada, ben, mallory);
      const id = await scene.open(a, b, m);
      const attacker = await Attacker.takeOver(scene, m, id);
      const contents = poisons(attacker.state, { person: ben, device: "phone" });
      for (const poison of contents) await attacker.say(poison);
      await attacker.leaveTheStage();
      await scene.until(
        () => scene.count(id, "application") === contents.length,
        "the relay has taken them all",
      );
      const good = await scene.say(a, id);
      await scene.pass(minute);
      for (const device of [a, b]) {
        const texts = await scene.texts(device, id);
        assert.deepEqual(
          texts.map((shown) => (shown.startsWith("[") ? "a gap" : shown)),
          [...contents.map(() => "a gap"), good],
        );
      }
    },
  },
  {
    number: 16,
    name: "generations-far-ahead",
    async play() {
      const scene = new Scene("generations far ahead", {
        findings: ["missing"],
        allowed: ["mls-generation-ahead"],
        isLiedTo: true,
      });
      const [a, b, m] = await scene.devices(ada, ben, mallory);
      const id = await scene.open(a, b, m);
      const attacker = await Attacker.takeOver(scene, m, id);
      const context = contentContext(attacker.state, attacker.state.self);
      const seen = seenHead(attacker.state.log.head as never);
      let deviceCounter = 0;
      const text = (words: string): Uint8Array => {
        deviceCounter += 1;
        const details = { seen, deviceCounter, givenUp: [], sentAt: 0, intent: "fyi" } as const;
        const salt = scene.world.chance.bytes(16);
        return encodeContent({ type: "text", text: words, salt, details }, context);
      };
      // As far as a device goes to meet it, a step further, and as far as there are numbers.
      attacker.skip(1_000);
      await attacker.say(text("ward-canary-far"));
      attacker.skip(1_001);
      await attacker.say(text("ward-canary-too-far"));
      attacker.pretend(0xfffffffe);
      await attacker.say(text("ward-canary-last"));
      assert.throws(() => attacker.skip(1), { code: "mls-generation-exhausted" });
      await attacker.leaveTheStage();
      await scene.until(() => scene.count(id, "application") === 3, "the relay has taken them all");
      const good = await scene.say(a, id);
      await scene.pass(minute);
      for (const device of [a, b])
        assert.deepEqual(
          (await scene.texts(device, id)).map((shown) => (shown.startsWith("[") ? "a gap" : shown)),
          ["ward-canary-far", "a gap", "a gap", good],
        );
    },
  },
  {
    number: 32,
    name: "receipts-that-lie",
    async play() {
      const scene = new Scene("receipts that lie", {
        findings: ["false-claim"],
        allowed: ["malformed", "false-claim"],
        isLiedTo: true,
      });
      const [a, b, m] = await scene.devices(ada, ben, mallory);
      const id = await scene.open(a, b, m);
      b.line.stall("both");
      const message = await scene.of(conversationOf(a, id).send("ward-canary-unread"));
      await scene.until(() => scene.count(id, "application") === 1, "it has its place");
      await scene.pass(1_000);
      const attacker = await Attacker.takeOver(scene, m, id);
      const { state } = attacker;
      const seen = seenHead(state.log.head as never);
      const context = contentContext(state, state.self);
      const receipt = { type: "receipt", level: "displayed", seen, exceptions: [] } as const;
      for (const upTo of [1_000_000, Number.MAX_SAFE_INTEGER])
        await attacker.say(
          encodeContent({ ...receipt, seen: { ...seen, seq: upTo }, upTo }, context),
          "receipt",
        );
      // A flood, as fast as the relay lets it.
      for (let i = 0; i < 150; i++)
        await attacker.say(encodeContent({ ...receipt, upTo: 2 }, context), "receipt");
      await attacker.leaveTheStage();
      await scene.pass(minute);
      const receipts = await scene.of(message.receipts());
      assert.equal(receipts.find(({ person }) => person === ben)?.status, "sent", "nobody speaks for Ben");
      b.line.resume();
      await scene.until(() => scene.world.witness.device(b.fullName).held.get(id)?.size === 1, "ben has it");
      await scene.pass(minute);
      assert.equal(
        (await scene.of(message.receipts())).find(({ person }) => person === ben)?.status,
        "delivered",
      );
    },
  },
];
