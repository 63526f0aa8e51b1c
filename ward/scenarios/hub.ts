import assert from "node:assert/strict";
import type { LogHead, RelayMessage } from "@readback/core/wire";
import { eachEntry, readyForgery } from "./forged-relay.ts";
import { ada, ben, cleo } from "./persons.ts";
import type { Scenario } from "./scenario.ts";
import { clientOf, conversationOf, isAppend, personsOf, phaseOf, Scene } from "./scene.ts";

const minute = 60_000;

/** A relay that lies. */
export const hubScenarios: readonly Scenario[] = [
  {
    number: 21,
    name: "relay-drops-and-says-appended",
    async play() {
      const scene = new Scene("relay drops and says appended", { findings: ["withheld"] });
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      a.between = {
        fromClient(message) {
          if (!isAppend(message, "application") || message.type !== "request") return undefined;
          const answer = { type: "appended", seq: 3, acceptedAt: a.clock.now() } as const;
          scene.world.later(50, () => a.tell({ type: "answer", id: message.id, answer }));
          return [];
        },
      };
      const message = await scene.of(conversationOf(a, id).send("ward-canary-dropped"));
      await scene.pass(minute);
      // The log, and not the answer, says that something has arrived.
      assert.equal(await scene.of(message.status()), "queued");
      a.between = undefined;
      a.line.cut(1, 1);
      await scene.allShow([a, b], id, 1);
      await scene.end();
    },
  },
  {
    number: 22,
    name: "two-histories",
    async play() {
      const scene = new Scene("two histories", {
        findings: ["forked", "log-broken"],
        allowed: ["log-broken"],
        isLiedTo: true,
      });
      const { a, b, id, forged } = await readyForgery(scene);
      const history = forged.history(scene.count(id, "commit") + scene.count(id, "create") + 1);
      b.between = {
        fromRelay: eachEntry(
          (entry) => history(entry),
          (entry) => forged.head(entry),
        ),
      };
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
      // The next word between them carries what each has read, signed by the relay.
      await scene.of(conversationOf(b, id).send("ward-canary-what-I-have-read"));
      await scene.until(() => phaseOf(a, id) === "frozen", "ada has found the fork");
      await scene.until(() => scene.hasFound(a, "forked"), "and says so");
      assert.ok((await scene.of(conversationOf(a, id).forkProof())) !== undefined, "and holds the proof");
      assert.equal(await scene.codeOf(conversationOf(a, id).send("ward-canary-never")), "log-forked");
    },
  },
  {
    number: 23,
    name: "old-log-for-a-restored-client",
    async play() {
      const scene = new Scene("old log for a restored client", {
        allowed: ["missed-epoch", "mls-own-message"],
      });
      const [a, b] = await scene.devices(ada, ben);
      const id = await scene.open(a, b);
      await scene.say(b, id);
      await scene.allShow([a, b], id, 1);
      b.storage.backUp();
      await scene.say(b, id);
      await scene.allShow([a, b], id, 2);
      b.crash();
      b.storage.rollBack();
      scene.world.witness.rolledBack(b);
      // The relay keeps what the client has forgotten to itself: nothing can be sent before the log was shown.
      b.between = {
        fromRelay: (message) =>
          message.type === "entry" || (message.type === "answer" && message.answer.type === "entries")
            ? []
            : undefined,
      };
      await scene.of(b.start());
      const said = scene.count(id, "application");
      await scene.of(conversationOf(b, id).send("ward-canary-after-restore"));
      await scene.pass(2 * minute);
      assert.equal(scene.count(id, "application"), said);
      b.between = undefined;
      b.line.cut(1, 1);
      await scene.until(() => scene.count(id, "application") === said + 1, "ben speaks with a new key");
    },
  },
  {
    number: 24,
    name: "frozen-by-the-relay",
    async play() {
      const scene = new Scene("frozen by the relay", { findings: ["withheld"] });
      const [a, b] = await scene.devices(ada, ben);
      const old: LogHead[] = [];
      b.between = {
        fromRelay(message) {
          if (message.type === "entry") old.push(message.head);
          return undefined;
        },
      };
      const id = await scene.open(a, b);
      // From now on ben is shown the head of that moment, whatever he asks for.
      b.between = {
        fromRelay(message) {
          if (message.type === "entry") return [];
          const [head] = old;
          if (message.type !== "answer" || message.answer.type !== "entries" || head === undefined)
            return undefined;
          return [{ ...message, answer: { type: "entries", entries: [], head } }];
        },
      };
      await scene.say(a, id);
      const message = await scene.of(conversationOf(b, id).send("ward-canary-waits"));
      await scene.until(() => scene.hasFound(b, "withheld"), "ben knows that he does not know");
      assert.notEqual(await scene.of(message.status()), "delivered");
      b.between = undefined;
      b.line.cut(1, 1);
      await scene.allShow([a, b], id, 2);
      await scene.end();
    },
  },
  {
    number: 26,
    name: "stranger-pushed-into-a-conversation",
    async play() {
      const scene = new Scene("stranger pushed into a conversation");
      const forged = await readyForgery(scene);
      const { a, b, id } = forged;
      const c = await scene.device(cleo);
      // The relay tells a stranger everything, and tells the stranger that it is a member.
      const entries: RelayMessage[] = [];
      b.between = {
        fromRelay(message) {
          if (message.type === "entry") entries.push(message);
          return undefined;
        },
      };
      await scene.say(a, id);
      await scene.allShow([a, b], id, 1);
      for (const entry of entries) c.tell(entry);
      await scene.pass(minute);
      assert.deepEqual(clientOf(c).conversations(), []);
      assert.deepEqual(personsOf(a, id), [ada, ben]);
      await scene.end();
    },
  },
  {
    number: 27,
    name: "welcome-again-and-for-nobody",
    async play() {
      const scene = new Scene("welcome again and for nobody", {
        allowed: ["mls-welcome-unknown", "log-broken", "malformed"],
      });
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      const welcomes: RelayMessage[] = [];
      b.between = {
        fromRelay(message) {
          if (message.type === "inbox" && message.item.type === "welcome") welcomes.push(message);
          return undefined;
        },
      };
      const id = await scene.open(a, b);
      const [welcome] = welcomes as [Extract<RelayMessage, { type: "inbox" }>];
      // Again to its owner, to somebody else, and in pieces.
      b.tell({ ...welcome, index: 50 });
      c.tell({ ...welcome, index: 50 });
      const { item } = welcome;
      if (item.type === "welcome")
        c.tell({ ...welcome, index: 51, item: { ...item, welcome: item.welcome.subarray(0, 40) } });
      await scene.pass(minute);
      assert.deepEqual(clientOf(c).conversations(), []);
      assert.equal(phaseOf(b, id), "active");
      await scene.say(a, id);
      await scene.say(b, id);
      await scene.allShow([a, b], id, 2);
    },
  },
  {
    number: 28,
    name: "key-packages-run-out",
    async play() {
      const scene = new Scene("key packages run out");
      const [a, b] = await scene.devices(ada, ben);
      b.crash();
      const ids: string[] = [];
      for (let i = 0; i < 24; i++) {
        const { id } = await scene.of(clientOf(a).open({ members: [ben] }));
        ids.push(id);
        await scene.pass(minute);
      }
      await scene.of(b.start());
      await scene.until(() => ids.every((id) => phaseOf(b, id) === "active"), "ben has joined all of them");
      for (const id of ids.slice(-3)) {
        await scene.say(b, id);
        await scene.allShow([a, b], id, 1);
      }
      await scene.end();
    },
  },
  {
    number: 28,
    name: "key-package-of-somebody-else",
    async play() {
      const scene = new Scene("key package of somebody else");
      const [a, b, c] = await scene.devices(ada, ben, cleo);
      a.between = {
        fromRelay(message) {
          if (message.type !== "answer" || message.answer.type !== "claimed") return undefined;
          const [first, second] = message.answer.persons;
          if (first === undefined || second === undefined) return undefined;
          // Cleo's keys under Ben's name.
          const persons = [{ ...first, devices: second.devices }, second];
          return [{ ...message, answer: { ...message.answer, persons } }];
        },
      };
      assert.equal(await scene.codeOf(clientOf(a).open({ members: [ben, cleo] })), "relay-refused");
      await scene.pass(minute);
      for (const device of [a, b, c]) assert.deepEqual(clientOf(device).conversations(), []);
    },
  },
];
