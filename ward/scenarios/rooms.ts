import assert from "node:assert/strict";
import { type ClientMessage, encodeClientMessage } from "@readback/core/wire";
import type { KnownEntry } from "../invariants/log-record.ts";
import type { Device } from "../world/device.ts";
import type { Scenario } from "./scenario.ts";
import { clientOf, conversationOf, personsOf, phaseOf, Scene } from "./scene.ts";

/** What a relay has to allow for a room of a thousand to be opened at once: by default it takes 512 members. */
const limits = {
  membersPerConversation: 1_000,
  personsPerClaim: 1_000,
  devicesPerClaim: 1_000,
  handshakeSize: 2 ** 23,
};

/** Rooms that are large. */
export const roomScenarios: readonly Scenario[] = [
  {
    number: 43,
    name: "receipts-in-large-rooms",
    async play() {
      for (const size of [20, 40]) {
        const scene = new Scene(`receipts in a room of ${size}`);
        const devices = await scene.devices(...Array.from({ length: size }, (_, i) => `p${i}@mercy.example`));
        const [first, ...others] = devices as [Device, ...Device[]];
        const id = await scene.open(first, ...others);
        for (let i = 0; i < 10; i++) await scene.say(devices[i % 3] as Device, id);
        await scene.allShow(devices, id, 10);
        await scene.end();
        const receipts = scene.count(id, "receipt");
        // Up to twenty persons say what they hold, at most once for each message; in larger rooms nobody does.
        if (size === 20) assert.ok(receipts > 0 && receipts <= 10 * size, `${receipts} receipts`);
        else assert.equal(receipts, 0);
      }
    },
  },
  {
    number: 43,
    name: "room-of-a-thousand",
    async play() {
      const scene = new Scene("room of a thousand", { limits });
      const { here, id } = await fill(scene);
      const [first, second, third, leaver] = here as [Device, Device, Device, Device];
      assert.equal(personsOf(leaver, id).length, 1_000);
      const heard = listen(here.slice(2));

      // Of ten messages, one of which asks whether it was seen, nobody says anything by themselves.
      const request = { of: [third.person], mode: "seen" } as const;
      const conversation = conversationOf(first, id);
      const { id: asked } = await scene.of(conversation.send("ward-canary-asks", { request }));
      for (let i = 0; i < 9; i++) await scene.say(i % 2 === 0 ? second : first, id);
      await scene.allHold(here, id, 10);
      for (const device of here) {
        const messages = await scene.of(conversationOf(device, id).messages({ limit: 10 }));
        await scene.of(messages.at(-1)?.markRead() ?? Promise.resolve());
      }
      // Before anybody has had a turn to update their leaf.
      await scene.pass(30_000);
      const appends = heard.filter(
        (message) => message.type === "request" && message.request.type === "append",
      );
      assert.deepEqual(appends, []);
      // What they ask the relay on the way is less than fifty bytes for each message and device.
      const bytes = heard.reduce((sum, message) => sum + encodeClientMessage(message).length, 0);
      assert.ok(bytes > 0 && bytes < 50 * 10 * (here.length - 2), `${bytes} bytes`);
      assert.equal(scene.count(id, "receipt"), 0);
      // Persons do answer, and one who does has said it for herself alone.
      const answered = await scene.of(conversationOf(third, id).message(asked));
      await scene.of(answered?.acknowledge() ?? Promise.resolve());
      await scene.pass(5_000);
      const message = await scene.of(conversation.message(asked));
      const receipts = await scene.of(message?.receipts() ?? Promise.resolve([]));
      assert.equal(receipts.length, 999);
      const answers = receipts.filter(({ status }) => status !== "sent");
      assert.deepEqual(
        answers.map(({ person, status }) => [person, status]),
        [[third.person, "acknowledged"]],
      );

      // The devices that are there put fresh keys into their leaves, one after the other.
      const updates = () => commitsOf(scene, id).slice(1);
      await scene.until(() => updates().length === 5, "five have updated their leaves", 3_600_000);
      assert.equal(new Set(updates().map(({ device }) => device)).size, 5);

      await scene.of(conversation.remove([leaver.person]));
      await scene.until(() => phaseOf(leaver, id) === "left", "one has left");
      const last = await scene.say(second, id);
      const rest = here.filter((device) => device !== leaver);
      // Eleven messages and one answer.
      await scene.allHold(rest, id, 12);
      await scene.allShow(rest, id, 11);
      assert.ok(!(await scene.texts(leaver, id)).includes(last));
      for (const device of rest) assert.equal(personsOf(device, id).length, 999);
      await scene.end();
    },
  },
];

/**
 * A room of a thousand persons. All have brought real key packages; then all but forty go for good, so they are members
 * whose devices never read anything: a thousand that read along would take many minutes.
 */
async function fill(scene: Scene): Promise<{ here: readonly Device[]; id: string }> {
  const persons = Array.from({ length: 1_000 }, (_, i) => `p${i}@mercy.example`);
  const devices = persons.map((person) => scene.world.enroll(person, "phone"));
  const isOnline = ({ client }: Device): boolean => client?.connection === "online";
  await scene.until(() => devices.every(isOnline), "all are online");
  for (const device of devices) await scene.of(clientOf(device).online());
  const here = devices.slice(0, 40);
  for (const device of devices.slice(40)) {
    device.crash();
    device.isRetired = true;
  }
  const { id } = await scene.of(clientOf(here[0] as Device).open({ members: persons.slice(1) }));
  await scene.until(() => here.every((device) => phaseOf(device, id) === "active"), "all have joined");
  return { here, id };
}

/** What these devices tell the relay from now on. */
function listen(devices: readonly Device[]): ClientMessage[] {
  const heard: ClientMessage[] = [];
  const fromClient = (message: ClientMessage): undefined => void heard.push(message);
  for (const device of devices) device.between = { fromClient };
  return heard;
}

function commitsOf(scene: Scene, id: string): readonly KnownEntry[] {
  return scene.world.witness.logs.get(id)?.entries.filter(({ kind }) => kind === "commit") ?? [];
}
