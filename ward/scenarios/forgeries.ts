import assert from "node:assert/strict";
import { eachEntry, flipped, readyForgery } from "./forged-relay.ts";
import type { Scenario } from "./scenario.ts";
import { Scene } from "./scene.ts";

const minute = 60_000;

/** A relay that alters what it hands out, with and without its own word for it. */
export const forgeryScenarios: readonly Scenario[] = [
  {
    number: 29,
    name: "bits-flipped-everywhere",
    async play() {
      const scene = new Scene("bits flipped everywhere", {
        allowed: ["log-broken"],
        findings: ["log-broken", "forked"],
      });
      const { a, b, id } = await readyForgery(scene);
      let bit = 0;
      const damaged = (payload: Uint8Array): Uint8Array => {
        bit += 97;
        return flipped(payload, bit);
      };
      b.between = {
        fromRelay: eachEntry((entry) => ({ ...entry, payload: entry.payload && damaged(entry.payload) })),
      };
      for (let i = 0; i < 5; i++) await scene.say(a, id);
      await scene.pass(3 * minute);
      assert.deepEqual(await scene.texts(b, id), []);
      b.between = undefined;
      b.line.cut(1, 1);
      await scene.allShow([a, b], id, 5);
      await scene.end();
    },
  },
  {
    number: 29,
    name: "bits-flipped-and-vouched-for",
    async play() {
      const scene = new Scene("bits flipped and vouched for", {
        allowed: ["log-broken", "malformed", "mls-decryption"],
        findings: ["log-broken", "forked", "missing"],
        isLiedTo: true,
      });
      const { a, b, id, forged } = await readyForgery(scene);
      b.between = {
        fromRelay: eachEntry(
          (entry) => {
            if (entry.header.kind !== "application" || entry.payload === undefined) return entry;
            return forged.entry(entry, {}, flipped(entry.payload, 8 * (entry.payload.length - 20))).entry;
          },
          (entry) => forged.head(entry),
        ),
      };
      const text = await scene.say(a, id);
      await scene.until(() => scene.count(id, "application") === 1, "the message has its place");
      await scene.pass(minute);
      const shown = await scene.texts(b, id);
      assert.equal(shown.length, 1, "a visible gap and no text");
      assert.ok(shown[0]?.startsWith("["), `${shown[0]}`);
      assert.notEqual(shown[0], text);
    },
  },
  {
    number: 30,
    name: "times-set-back",
    async play() {
      const scene = new Scene("times set back", {
        allowed: ["log-broken"],
        findings: ["log-broken", "forked"],
      });
      const { a, b, id, forged } = await readyForgery(scene);
      b.between = {
        fromRelay: eachEntry(
          (entry) => forged.entry(entry, { acceptedAt: entry.header.acceptedAt - 3_600_000 }).entry,
          (entry) => forged.head(entry),
        ),
      };
      await scene.say(a, id);
      await scene.pass(2 * minute);
      assert.deepEqual(await scene.texts(b, id), []);
      b.between = undefined;
      b.line.cut(1, 1);
      await scene.allShow([a, b], id, 1);
      await scene.end();
    },
  },
  {
    number: 30,
    name: "entries-of-another-conversation",
    async play() {
      const scene = new Scene("entries of another conversation", {
        allowed: ["log-broken"],
        findings: ["log-broken", "forked"],
      });
      const { a, b, id, forged } = await readyForgery(scene);
      const other = await scene.open(a, b);
      const here = scene.world.witness.logs.get(id);
      assert.ok(here !== undefined);
      b.between = {
        // What is said in one conversation is spliced into the other, in the next place.
        fromRelay: eachEntry(
          (entry) => forged.entry(entry, { conversation: Buffer.from(id, "hex") }).entry,
          (entry) => forged.head(entry),
        ),
      };
      await scene.say(a, other);
      await scene.pass(2 * minute);
      assert.deepEqual(await scene.texts(b, id), []);
      // It has signed something else for a place that was to come: if that place was given, that is a proof.
      b.between = undefined;
      b.line.cut(1, 1);
      await scene.allShow([a, b], other, 1);
    },
  },
];
