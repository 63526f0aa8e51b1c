import assert from "node:assert/strict";
import type { ClientMessage, RelayMessage } from "@readback/core/wire";
import type { Device } from "../world/device.ts";
import { ada, ben, cleo, dora } from "./persons.ts";
import type { Scenario } from "./scenario.ts";
import { clientOf, conversationOf, isAppend, personsOf, phaseOf, Scene } from "./scene.ts";

const day = 86_400_000;

/** Messages that are late, double or out of order. */
export const messageScenarios: readonly Scenario[] = [
  {
    number: 13,
    name: "message-under-way-during-commit",
    async play() {
      const scene = new Scene("message under way during commit");
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b);
      a.line.stall("up");
      const message = await scene.of(conversationOf(a, id).send("ward-canary-under-way"));
      await scene.of(conversationOf(b, id).add([cleo]));
      a.line.resume();
      await scene.until(() => scene.count(id, "application") === 1, "it has its place");
      await scene.allShow([a, b, c], id, 1);
      const [shown] = await scene.of(conversationOf(b, id).messages());
      assert.equal(shown?.id, message.id);
      await scene.end();
    },
  },
  {
    number: 14,
    name: "everything-twice",
    async play() {
      const scene = new Scene("everything twice");
      const twice = {
        fromRelay: (message: RelayMessage) =>
          message.type === "entry" || message.type === "inbox" ? [message, message] : undefined,
        fromClient: (message: ClientMessage) =>
          isAppend(message, "application") || isAppend(message, "receipt") ? [message, message] : undefined,
      };
      const a = await scene.device(ada, "phone", twice);
      const b = await scene.device(ben, "phone", twice);
      const id = await scene.open(a, b);
      for (let i = 0; i < 10; i++) await scene.say(i % 2 === 0 ? a : b, id);
      await scene.allShow([a, b], id, 10);
      assert.equal(scene.count(id, "application"), 10);
      await scene.end();
    },
  },
  {
    number: 15,
    name: "pushes-lost-and-out-of-order",
    async play() {
      const scene = new Scene("pushes lost and out of order");
      const held: RelayMessage[] = [];
      let count = 0;
      const [a, b] = [
        await scene.device(ada),
        await scene.device(ben, "phone", {
          fromRelay(message) {
            if (message.type !== "entry") return undefined;
            count += 1;
            if (count % 3 === 0) return [];
            if (count % 3 === 1) {
              held.push(message);
              return [];
            }
            return [message, ...held.splice(0).reverse()];
          },
        }),
      ];
      const id = await scene.open(a, b);
      for (let i = 0; i < 12; i++) await scene.say(a, id);
      b.between = undefined;
      await scene.say(a, id);
      await scene.allShow([a, b], id, 13);
      await scene.end();
    },
  },
  {
    number: 17,
    name: "away-for-90-days",
    async play() {
      const scene = new Scene("away for 90 days", { isLiedTo: true, allowed: ["pruned"] });
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b);
      b.crash();
      for (let i = 0; i < 45; i++) {
        await scene.pass(2 * day);
        // A device fills up the relay's stock of its keys whenever it connects.
        c.line.cut(1, 1);
        await scene.pass(60_000);
        const conversation = conversationOf(a, id);
        await scene.of(phaseOf(c, id) === "active" ? conversation.remove([cleo]) : conversation.add([cleo]));
        for (let k = 0; k < 3; k++) await scene.say(a, id);
      }
      await scene.of(b.start());
      await scene.allHold([a, b], id, 135);
      // And those by which cleo puts a fresh key into her leaf.
      assert.ok(scene.count(id, "commit") >= 46);
      await scene.end();
      // What was said more than 30 days ago the relay has forgotten: its place is there, and says so.
      const [all, shown] = [await scene.texts(a, id), await scene.texts(b, id)];
      const read = shown.findIndex((text) => text !== "[pruned]");
      assert.ok(read >= 87 && read <= 93, `${read} pruned`);
      assert.deepEqual(shown.slice(read), all.slice(read));
    },
  },
  {
    number: 18,
    name: "clocks-a-day-off",
    async play() {
      const scene = new Scene("clocks a day off");
      const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
      const id = await scene.open(a, b, c);
      b.clock.jump(-day);
      c.clock.jump(day);
      await scene.of(conversationOf(a, id).add([dora]));
      for (const device of [a, b, c]) await scene.say(device, id);
      scene.world.relay.clock.jump(-day / 2);
      for (const device of [c, b, a, d]) {
        await scene.until(() => phaseOf(device, id) === "active", "a member");
        await scene.say(device, id);
      }
      await scene.until(() => scene.count(id, "application") === 7, "all have their places");
      const times = scene.world.witness.logs.get(id)?.entries.map(({ acceptedAt }) => acceptedAt) ?? [];
      assert.deepEqual(
        times,
        [...times].sort((one, other) => one - other),
      );
      await scene.allShow([a, b, c], id, 7);
      await scene.end();
    },
  },
  {
    number: 20,
    name: "old-ciphertext-of-a-removed-member",
    async play() {
      const scene = new Scene("old ciphertext of a removed member");
      const old: ClientMessage[] = [];
      const [a, b] = await scene.devices(ada, ben);
      const c = await scene.device(cleo, "phone", {
        fromClient(message) {
          if (isAppend(message, "application")) old.push(message);
          return undefined;
        },
      });
      const id = await scene.open(a, b, c);
      await scene.say(c, id);
      await scene.allShow([a, b, c], id, 1);
      const replay = async (): Promise<void> => {
        await scene.of(
          c.ask({ ...(old[0] as ClientMessage & { type: "request" }), id: 900_000 + old.length }),
        );
        await scene.pass(2_000);
      };
      await scene.of(conversationOf(a, id).remove([cleo]));
      await scene.until(() => phaseOf(c, id) === "left", "cleo is out");
      await replay();
      await scene.of(conversationOf(a, id).add([cleo]));
      await scene.until(() => phaseOf(c, id) === "active", "cleo is back");
      await replay();
      assert.equal(scene.count(id, "application"), 1);
      await scene.say(c, id);
      await scene.allShow([a, b, c], id, 2);
      await scene.end();
    },
  },
  {
    number: 35,
    name: "store-put-back",
    async play() {
      const scene = new Scene("store put back", { allowed: ["missed-epoch", "mls-own-message"] });
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      await scene.say(b, id);
      await scene.allShow([a, b], id, 1);
      b.storage.backUp();
      for (let i = 0; i < 3; i++) await scene.say(b, id);
      await scene.allShow([a, b], id, 4);
      b.crash();
      b.storage.rollBack();
      scene.world.witness.rolledBack(b);
      await scene.of(b.start());
      // A queue that had been said already must not be said again with a key that has served.
      const text = await scene.say(b, id);
      await scene.until(() => scene.count(id, "application") === 5, "ben can speak again");
      await scene.pass(5_000);
      assert.equal((await scene.texts(a, id)).at(-1), text);
      assert.deepEqual(personsOf(a, id), [ada, ben]);
    },
  },
  {
    number: 35,
    name: "two-processes-on-one-store",
    async play() {
      const scene = new Scene("two processes on one store");
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      const first = b.life as NonNullable<Device["life"]>;
      const older = conversationOf(b, id);
      await scene.of(b.start(true));
      const refused = await scene.codeOf(older.send("ward-canary-older"));
      assert.equal(refused, "storage-conflict");
      await scene.pass(2_000);
      assert.ok(first.isOver, "the older process has ended");
      await scene.say(b, id);
      await scene.allShow([a, b], id, 1);
      assert.equal(clientOf(b).connection, "online");
      await scene.end();
    },
  },
];
