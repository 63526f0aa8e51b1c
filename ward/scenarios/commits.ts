import assert from "node:assert/strict";
import type { Device } from "../world/device.ts";
import { ada, ben, cleo, dora } from "./persons.ts";
import type { Scenario } from "./scenario.ts";
import { clientOf, conversationOf, personsOf, phaseOf, Scene } from "./scene.ts";

/** Commits that race, are lost or have become pointless. */
export const commitScenarios: readonly Scenario[] = [
  {
    number: 1,
    name: "two-commits-at-once",
    async play() {
      const scene = new Scene("two commits at once");
      const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
      const id = await scene.open(a, b);
      await scene.of(Promise.all([conversationOf(a, id).add([cleo]), conversationOf(b, id).add([dora])]));
      await scene.until(() => [c, d].every((device) => phaseOf(device, id) === "active"), "both were added");
      await scene.say(d, id);
      await scene.allShow([a, b, c, d], id, 1);
      assert.equal(scene.count(id, "commit"), 3);
      await scene.end();
    },
  },
  {
    number: 2,
    name: "ten-committers",
    async play() {
      const scene = new Scene("ten committers");
      const members = await scene.devices(...Array.from({ length: 10 }, (_, i) => `m${i}@mercy.example`));
      const guests = await scene.devices(...Array.from({ length: 10 }, (_, i) => `g${i}@summit.example`));
      const id = await scene.open(members[0] as Device, ...members.slice(1));
      const begun = scene.world.scheduler.now;
      await scene.of(
        Promise.all(members.map((member, i) => conversationOf(member, id).add([`g${i}@summit.example`]))),
      );
      // Each epoch has one winner, so nobody loses more often than there are others.
      assert.ok(scene.world.scheduler.now - begun < 120_000, "nobody starves");
      await scene.until(() => guests.every((guest) => phaseOf(guest, id) === "active"), "all guests are in");
      assert.equal(scene.count(id, "commit"), 11);
      await scene.end();
    },
  },
  {
    number: 3,
    name: "answer-lost-and-crash",
    async play() {
      const scene = new Scene("answer lost and crash");
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b);
      a.between = { fromRelay: () => [] };
      conversationOf(a, id)
        .add([cleo])
        .catch(() => {});
      // The claim has to be answered before there can be a commit.
      a.between = {
        fromRelay: (message) =>
          message.type === "answer" && message.answer.type === "claimed" ? undefined : [],
      };
      await scene.until(() => scene.count(id, "commit") === 2, "the relay has the commit");
      a.between = undefined;
      await scene.crash(a);
      await scene.until(() => phaseOf(c, id) === "active", "cleo has joined");
      await scene.say(a, id);
      await scene.allShow([a, b, c], id, 1);
      assert.equal(scene.count(id, "commit"), 2);
      await scene.end();
    },
  },
  {
    number: 4,
    name: "crash-after-every-event",
    async play() {
      for (const victim of ["sender", "receiver"] as const) {
        for (let events = 0; events < 24; events++) await crashAfter(victim, events);
      }
    },
  },
  {
    number: 5,
    name: "missing-proposals",
    async play() {
      const scene = new Scene("missing proposals");
      const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
      const id = await scene.open(a, b, c);
      a.line.stall("down");
      b.line.stall("both");
      const left = conversationOf(c, id).leave();
      await scene.until(() => scene.count(id, "proposal") === 1, "the proposal is in the log");
      a.line.resume();
      a.between = { fromRelay: (message) => (message.type === "entry" ? [] : undefined) };
      const added = conversationOf(a, id).add([dora]);
      await scene.of(added);
      b.line.resume();
      a.between = undefined;
      await scene.of(left);
      await scene.until(() => phaseOf(d, id) === "active", "dora is in");
      assert.equal(phaseOf(c, id), "left");
      await scene.say(b, id);
      await scene.allShow([a, b, d], id, 1);
      await scene.end();
    },
  },
  {
    number: 6,
    name: "intent-obsolete",
    async play() {
      const scene = new Scene("intent obsolete");
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b, c);
      await scene.of(
        Promise.all([conversationOf(a, id).remove([cleo]), conversationOf(b, id).remove([cleo])]),
      );
      await scene.until(() => phaseOf(c, id) === "left", "cleo is out");
      assert.equal(scene.count(id, "commit"), 2);
      await scene.end();
    },
  },
  {
    number: 7,
    name: "added-and-removed-at-once",
    async play() {
      const scene = new Scene("added and removed at once");
      const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
      const id = await scene.open(a, b, c);
      await scene.of(Promise.all([conversationOf(a, id).add([dora]), conversationOf(b, id).add([dora])]));
      // Somebody removes the one who is about to commit.
      const outcomes = await scene.of(
        Promise.allSettled([conversationOf(a, id).remove([ben]), conversationOf(b, id).remove([dora])]),
      );
      await scene.until(() => phaseOf(b, id) === "left", "ben is out");
      const [, second] = outcomes;
      const isRefused = second?.status === "rejected";
      if (isRefused) assert.equal((second.reason as { code: string }).code, "not-a-member");
      await scene.until(
        () => !isRefused === (phaseOf(d, id) === "left"),
        "dora is where ben's commit left her",
      );
      assert.deepEqual(personsOf(a, id), isRefused ? [ada, cleo, dora] : [ada, cleo]);
      assert.deepEqual(personsOf(c, id), personsOf(a, id));
      await scene.end();
    },
  },
  {
    number: 7,
    name: "removed-and-added-at-once",
    async play() {
      for (const first of ["remove", "add"] as const) {
        const scene = new Scene(`removed and added at once, ${first} first`);
        const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
        const id = await scene.open(a, b, c, d);
        // One of the two is late: its commit was made for an epoch that is over when the relay gets it.
        const [late, early] = first === "remove" ? [b, a] : [a, b];
        late.line.stall("up");
        const changes = [conversationOf(a, id).remove([dora]), conversationOf(b, id).add([dora])];
        await scene.pass(1_000);
        late.line.resume();
        await scene.of(Promise.allSettled(changes));
        await scene.pass(10_000);
        const isIn = personsOf(early, id).includes(dora);
        for (const device of [a, b, c]) assert.deepEqual(personsOf(device, id), personsOf(early, id));
        assert.equal(phaseOf(d, id), isIn ? "active" : "left");
        // Whoever is out is let in again by whoever likes, and reads from then on and nothing before.
        await scene.say(c, id);
        if (!isIn) await scene.of(conversationOf(c, id).add([dora]));
        await scene.until(() => phaseOf(d, id) === "active", "dora is in");
        const text = await scene.say(d, id);
        await scene.pass(5_000);
        for (const device of [a, b, c, d]) assert.equal((await scene.texts(device, id)).at(-1), text);
        assert.equal((await scene.texts(d, id)).length, isIn ? 2 : 1);
        await scene.end();
      }
    },
  },
  {
    number: 7,
    name: "committer-removed",
    async play() {
      const scene = new Scene("committer removed");
      const [a, b, c, d] = await scene.devices(ada, ben, cleo, dora);
      const id = await scene.open(a, b, c);
      // Ben's commit is under way when the one that removes him takes the place.
      b.line.stall("up");
      const added = conversationOf(b, id).add([dora]);
      added.catch(() => {});
      await scene.pass(1_000);
      await scene.of(conversationOf(a, id).remove([ben]));
      b.line.resume();
      assert.equal(await scene.codeOf(added), "not-a-member");
      assert.equal(phaseOf(b, id), "left");
      assert.equal(phaseOf(d, id), undefined);
      // He is let in again with the same device, and can do now what he could not do then.
      await scene.of(conversationOf(c, id).add([ben]));
      await scene.until(() => phaseOf(b, id) === "active", "ben is back");
      await scene.of(conversationOf(b, id).add([dora]));
      await scene.until(() => phaseOf(d, id) === "active", "dora is in");
      await scene.say(d, id);
      await scene.allShow([a, b, c, d], id, 1);
      await scene.end();
    },
  },
  {
    number: 8,
    name: "external-commit-races",
    async play() {
      const scene = new Scene("external commit races", { allowed: ["missed-epoch", "mls-own-message"] });
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b);
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
      b.storage.backUp();
      await scene.say(b, id);
      await scene.allShow([a, b], id, 2);
      b.crash();
      b.storage.rollBack();
      scene.world.witness.rolledBack(b);
      await scene.of(Promise.all([b.start(), conversationOf(a, id).add([cleo])]));
      await scene.until(() => phaseOf(c, id) === "active" && phaseOf(b, id) === "active", "both are in");
      await scene.until(() => scene.count(id, "commit") === 3, "ben has his place again");
      await scene.pass(5_000);
      const text = await scene.say(a, id);
      await scene.pass(5_000);
      for (const device of [a, b, c]) assert.equal((await scene.texts(device, id)).at(-1), text);
      assert.deepEqual(personsOf(b, id), [ada, ben, cleo]);
    },
  },
  {
    number: 10,
    name: "send-while-removal-waits",
    async play() {
      const scene = new Scene("send while removal waits");
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const id = await scene.open(a, b, c);
      const left = conversationOf(c, id).leave();
      await scene.until(() => scene.count(id, "proposal") === 1, "the proposal is in the log");
      const [first, second] = [await scene.say(a, id), await scene.say(b, id)];
      await scene.of(left);
      await scene.allShow([a, b], id, 2);
      assert.deepEqual((await scene.texts(a, id)).sort(), [first, second].sort());
      assert.deepEqual(await scene.texts(c, id), []);
      await scene.end();
    },
  },
];

/** One message, in a world where one side loses its power after so many events. */
async function crashAfter(victim: "sender" | "receiver", events: number): Promise<void> {
  const scene = new Scene("crash after every event");
  const [a, b] = await scene.devices(ada, ben);
  const id = await scene.open(a, b);
  let isSent = false;
  const begun = scene.world.scheduler.count;
  scene.world
    .say(a.life as NonNullable<typeof a.life>, conversationOf(a, id))
    .then(() => {
      isSent = true;
    })
    .catch(() => {});
  await scene.until(() => scene.world.scheduler.count >= begun + events, "events");
  const device = victim === "sender" ? a : b;
  await scene.crash(device);
  // What `send` has not resolved for may or may not have been said; if not, an application says it again.
  await scene.pass(5_000);
  if (!isSent && (await scene.texts(a, id)).length === 0) await scene.say(a, id);
  await scene.allShow([a, b], id, 1);
  await scene.end();
  assert.equal(clientOf(a).conversations().length, 1);
}
