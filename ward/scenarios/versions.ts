import assert from "node:assert/strict";
import type { Conversation, Message } from "@readback/core";
import { type ClientMessage, fromHex, hex } from "@readback/core/wire";
import { contentId, encodeContent, type KnownContent } from "../../packages/core/src/conversation/content.ts";
import { contentContext } from "../../packages/core/src/conversation/content-context.ts";
import { seenHead } from "../../packages/core/src/conversation/content-details.ts";
import type { Device } from "../world/device.ts";
import { Attacker } from "./attacker.ts";
import { ada, ben, cleo, mallory } from "./persons.ts";
import type { Scenario } from "./scenario.ts";
import { clientOf, conversationOf, isAppend, phaseOf, Scene } from "./scene.ts";

const minute = 60_000;

/** What becomes of a message after it was said. */
export const versionScenarios: readonly Scenario[] = [
  {
    number: 19,
    name: "edits-and-reactions",
    async play() {
      const scene = new Scene("edits and reactions");
      const a = await scene.device(ada);
      const tablet = await scene.device(ada, "tablet");
      const [b, c] = await scene.devices(ben, cleo);
      const id = await scene.open(a, tablet, b);
      const message = await scene.of(conversationOf(a, id).send("ward-canary-5"));
      await scene.allShow([a, tablet, b], id, 1);
      // Both devices of one person at once, and one of them without a connection.
      tablet.line.stall("both");
      const there = await messageAt(scene, tablet, id, message.id);
      await scene.of(there.edit("ward-canary-50"));
      await scene.of(message.edit("ward-canary-6"));
      const received = await messageAt(scene, b, id, message.id);
      await scene.of(received.reactions.add("👍"));
      tablet.line.resume();
      await scene.until(() => scene.count(id, "application") === 4, "all have their places");
      await scene.crash(b);
      await scene.of(conversationOf(a, id).add([cleo]));
      await scene.until(() => phaseOf(c, id) === "active", "cleo has joined");
      // A recall that an edit crosses on its way, and one reaction instead of another.
      tablet.line.stall("both");
      const late = await messageAt(scene, tablet, id, message.id);
      await scene.of(late.edit("ward-canary-7"));
      const first = await messageAt(scene, a, id, message.id);
      await scene.of(first.recall("ward-canary-wrong patient"));
      const again = await messageAt(scene, b, id, message.id);
      await scene.of(again.reactions.add("❤"));
      await scene.until(() => scene.count(id, "application") === 6, "the recall is first");
      await scene.crash(tablet);
      tablet.line.resume();
      await scene.until(() => scene.count(id, "application") === 7, "the edit comes last");
      await scene.pass(minute);
      const expected = [
        "recalled ward-canary-wrong patient: ward-canary-5, ward-canary-6, ward-canary-50, recall, ward-canary-7; ben ❤",
      ];
      for (const device of [a, tablet, b]) assert.deepEqual(await shownOn(scene, device, id), expected);
      assert.deepEqual(await shownOn(scene, c, id), [
        "recalled ward-canary-wrong patient: recall, ward-canary-7; ",
      ]);
      for (const device of [a, tablet, b, c]) await scene.crash(device);
      for (const device of [a, tablet, b]) assert.deepEqual(await shownOn(scene, device, id), expected);
      await scene.end();
    },
  },
  {
    number: 19,
    name: "edit-before-its-message",
    async play() {
      const scene = new Scene("edit before its message", { findings: ["missing", "recovered"] });
      const held: ClientMessage[] = [];
      const a = await scene.device(ada, "phone", {
        fromClient(message) {
          if (!isAppend(message, "application")) return undefined;
          held.push(message);
          return held.length < 3 ? [] : held.splice(0).reverse();
        },
      });
      const b = await scene.device(ben);
      const id = await scene.open(a, b);
      const message = await scene.of(conversationOf(a, id).send("ward-canary-5"));
      await scene.of(message.edit("ward-canary-50"));
      await scene.of(message.reactions.add("👀"));
      await scene.until(() => scene.count(id, "application") === 3, "all have their places");
      a.between = undefined;
      const expected = ["ward-canary-50: ward-canary-5, ward-canary-50; ada 👀"];
      await scene.until(
        () => scene.world.witness.device(b.fullName).held.get(id)?.size === 3,
        "ben has them all",
      );
      await scene.pass(minute);
      for (const device of [a, b]) {
        const shown = await messageAt(scene, device, id, message.id);
        const places = (await scene.of(shown.versions.all())).map(({ seq = 0 }) => seq);
        assert.ok(places.length === 2 && (places[0] ?? 0) > (places[1] ?? 0), "the edit stands before it");
        assert.deepEqual(await shownOn(scene, device, id), expected);
      }
      await scene.crash(b);
      assert.deepEqual(await shownOn(scene, b, id), expected);
    },
  },
  {
    number: 19,
    name: "edit-by-another-person",
    async play() {
      const scene = new Scene("edit by another person", { findings: ["false-claim"], isLiedTo: true });
      const [a, b, m] = await scene.devices(ada, ben, mallory);
      const id = await scene.open(a, b, m);
      const message = await scene.of(conversationOf(a, id).send("ward-canary-5"));
      const received = await messageAt(scene, b, id, message.id);
      await scene.of(received.reactions.add("👍"));
      await scene.until(() => scene.count(id, "application") === 2, "all have their places");
      await scene.pass(minute);
      const attacker = await Attacker.takeOver(scene, m, id);
      const { state } = attacker;
      const context = contentContext(state, state.self);
      let count = 0;
      const detailsOf = () => ({
        seen: seenHead(state.log.head as never),
        deviceCounter: ++count,
        sentAt: state.position.acceptedAt,
        intent: "fyi" as const,
        givenUp: [],
      });
      const ids: string[] = [];
      const say = async (content: Partial<KnownContent>): Promise<void> => {
        const whole = { ...content, details: detailsOf(), salt: new Uint8Array(16).fill(count) };
        const framed = encodeContent(whole as KnownContent, context);
        const { hash } = m.crypto.suite(2) as { hash: Parameters<typeof contentId>[0] };
        ids.push(hex(contentId(hash, whole as KnownContent, framed, context)));
        await attacker.say(framed);
      };
      const of = fromHex(message.id);
      await say({ type: "text", text: "ward-canary-50", replaces: of });
      await say({ type: "recall", replaces: of });
      // A reaction of somebody else is not theirs to take back; and an edit of nothing is shown as what it is.
      await say({ type: "reaction", of, replaces: of });
      await say({
        type: "text",
        text: "ward-canary-nothing",
        replaces: new Uint8Array(32).fill(9).with(0, 1),
      });
      // A reply to a reply, and to what is not there: it ends somewhere, since ids are hashes.
      await say({ type: "text", text: "ward-canary-reply", inReplyTo: fromHex(ids[3] as string) });
      await say({ type: "text", text: "ward-canary-reply 2", inReplyTo: fromHex(ids[4] as string) });
      await attacker.leaveTheStage();
      await scene.until(() => scene.count(id, "application") === 8, "the relay has taken them all");
      await scene.until(() => [a, b].every((device) => scene.hasFound(device, "false-claim")), "told");
      await scene.pass(minute);
      for (const device of [a, b]) {
        assert.deepEqual(await shownOn(scene, device, id), [
          "ward-canary-5: ward-canary-5; ben 👍",
          "ward-canary-nothing: ward-canary-nothing; ",
          "ward-canary-reply: ward-canary-reply; ",
          "ward-canary-reply 2: ward-canary-reply 2; ",
        ]);
        const conversation = conversationOf(device, id);
        const steps = await scene.of(answeredBy(conversation, ids[5] as string));
        assert.deepEqual(steps, ["ward-canary-reply 2", "ward-canary-reply", "ward-canary-nothing"]);
      }
      const refused = await scene.codeOf(received.edit("ward-canary-mine"));
      assert.equal(refused, "invalid-argument");
    },
  },
  {
    number: 19,
    name: "edit-after-acknowledgement",
    async play() {
      const scene = new Scene("edit after acknowledgement");
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b, c);
      const dose = (value: string) => ({ name: "dose", value, unit: "mg" });
      const asked = await scene.of(
        conversationOf(a, id).send("ward-canary-5", {
          intent: "critical",
          deadline: a.clock.now() + 20 * minute,
          request: { of: [ben], values: [dose("5")], escalation: [{ after: 5 * minute, to: [cleo] }] },
        }),
      );
      const received = await messageAt(scene, b, id, asked.id);
      await scene.of(received.readBack([dose("5")]));
      await scene.until(() => scene.count(id, "application") === 2, "read back");
      await scene.pass(2_000);
      const [answer] = (await scene.of(asked.loop()))?.answers ?? [];
      await scene.of(answer?.confirm() ?? Promise.resolve());
      await scene.until(() => scene.count(id, "application") === 3, "confirmed");
      // The power goes at Ben's just when it is edited; all that is known of the loop comes from the log.
      const options = {
        request: { of: [ben], values: [dose("0.5")], escalation: [{ after: 5 * minute, to: [cleo] }] },
      };
      await scene.of(asked.edit("ward-canary-0.5", options));
      await scene.crash(b);
      await scene.crash(a);
      await scene.pass(6 * minute);
      for (const device of [a, b, c]) {
        const loop = await scene.of((await messageAt(scene, device, id, asked.id)).loop());
        assert.equal(loop?.state, "open");
        assert.deepEqual(
          loop.answers.map(({ isOutdated }) => isOutdated),
          [true],
        );
        assert.equal(loop.fired.length, 1);
      }
      // Readings, edit, one step and nothing twice.
      assert.equal(scene.count(id, "application"), 5);
      const current = await scene.of((await messageAt(scene, c, id, asked.id)).versions.current());
      await scene.of(current.readBack([dose("0.5")]));
      await scene.until(() => scene.count(id, "application") === 6, "read back again");
      await scene.pass(2_000);
      const loop = await scene.of((await messageAt(scene, a, id, asked.id)).loop());
      assert.equal(loop?.state, "acknowledged");
      await scene.pass(30 * minute);
      assert.equal(scene.count(id, "application"), 6);
      assert.equal(clientOf(a).connection, "online");
      await scene.end();
    },
  },
];

/** A message, or a version of one, as a device has it. */
async function messageAt(scene: Scene, device: Device, id: string, messageId: string): Promise<Message> {
  let message: Message | undefined;
  for (let i = 0; message === undefined && i < 60; i++) {
    await scene.pass(1_000);
    message = await scene.of(conversationOf(device, id).message(messageId));
  }
  assert.ok(message, `${device.fullName} has it`);
  return message;
}

/** Each message that a device shows: what counts now, its versions and reactions. */
async function shownOn(scene: Scene, device: Device, id: string): Promise<string[]> {
  const messages = await scene.of(conversationOf(device, id).messages());
  const lines: string[] = [];
  for (const message of messages) {
    const versions = await scene.of(message.versions.all());
    const { isRecall, reason, text } = await scene.of(message.versions.current());
    const reactions = await scene.of(message.reactions.all());
    const all = versions.map((version) => (version.isRecall ? "recall" : version.text)).join(", ");
    const signs = reactions.map(({ person, reaction }) => `${person.slice(0, 3)} ${reaction}`).join(", ");
    lines.push(`${isRecall ? `recalled ${reason}` : text}: ${all}; ${signs}`);
  }
  return lines;
}

/** The texts from a reply back to what it answers in the end. */
async function answeredBy(conversation: Conversation, id: string): Promise<string[]> {
  const message = await conversation.message(id);
  if (message === undefined) return [];
  return [
    message.text,
    ...(message.inReplyTo === undefined ? [] : await answeredBy(conversation, message.inReplyTo)),
  ];
}
