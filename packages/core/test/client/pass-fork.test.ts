import { memoryRelayStore } from "@readback/relay";
import { afterEach, describe, expect, test } from "vitest";
import type { Conversation } from "../../src/client/conversation.ts";
import type { IntegrityEvent } from "../../src/client/events.ts";
import { decodeForkProof, encodeForkProof, verifyForkProof } from "../../src/conversation/fork-proof.ts";
import { hashAt } from "../../src/conversation/known-log.ts";
import { signHead } from "../../src/conversation/log-entry.ts";
import { seenOf } from "../../src/conversation/send.ts";
import type { Step } from "../../src/conversation/step.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import type { LogHead } from "../../src/wire/entry.ts";
import { hostileClient } from "./hostile.ts";
import { logKeysOf, logSuite } from "./lying-relay.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@stlukes.example";
const mallory = "mallory@mercy.example";

let here: World;
afterEach(() => here.close());

/** Ada, Ben and Mallory, who can say anything, talk; the relay's key is at hand. */
async function scene(seed: string) {
  const store = memoryRelayStore();
  here = world(seed, { store });
  const keys = await logKeysOf(store);
  const storage = memoryStorage();
  const a = await here.client(ada, { storage });
  const b = await here.client(ben);
  const hostile = await hostileClient(mallory, here);
  await here.until(() => hostile.client.connection === "online");
  const found: IntegrityEvent[] = [];
  a.on("integrity", (event) => void found.push(event));
  const opened = a.open({ members: [ben, mallory] });
  await here.until(() => [b, hostile.client].every((client) => client.conversations().length === 1));
  const conversation = await opened;
  await conversation.send("before");
  await here.until(async () => (await textsOf(hostile.client, conversation.id)).length === 1);
  await here.settle();
  return { a, b, hostile, keys, storage, found, conversation };
}

const other = new Uint8Array(32).fill(7);

/** A proof by what Mallory has read, whose second history is signed with `key`. */
function proofBy({ state }: Step, key: Uint8Array, change: (head: LogHead) => Partial<LogHead>): Uint8Array {
  const head = state.log.head as LogHead;
  const second = signHead(logSuite, key, { ...head, ...change(head) });
  return encodeForkProof({
    seq: head.seq,
    branches: [
      { headers: [], head },
      { headers: [], head: second },
    ],
  });
}

describe("a proof that the relay has signed two histories, handed on", () => {
  test("freezes whoever verifies it, is told with the proof, and is not handed on once more", async () => {
    const { a, b, hostile, keys, storage, found, conversation } = await scene("passed");
    const toAda = b.conversation(conversation.id) as Conversation;
    await hostile.say("receipt", (step) => ({
      type: "fork",
      seen: seenOf(step.state),
      proof: proofBy(step, keys.privateKey, () => ({ entryHash: other })),
    }));
    await here.until(() => conversation.phase === "frozen" && toAda.phase === "frozen", "that both stop");
    await here.settle();
    expect(found).toMatchObject([{ what: "forked", by: { person: mallory, device: "phone" } }]);
    const proof = found[0]?.proof ?? new Uint8Array();
    expect(verifyForkProof(logSuite, keys.publicKey, decodeForkProof(proof))).toBe(true);
    await expect(conversation.send("anybody there?")).rejects.toMatchObject({ code: "log-forked" });
    // Whoever got it that way keeps it to themselves: the log grows by what Mallory says once more, and by nothing else.
    const ends: number[] = [];
    for (let i = 0; i < 2; i++) {
      await hostile.say("receipt", (step) => {
        ends.push(step.state.position.seq);
        return { type: "fork", seen: seenOf(step.state), proof: new Uint8Array() };
      });
      here.clock.advance(10_000);
      await here.settle();
    }
    expect(ends[1]).toBe((ends[0] as number) + 1);
    expect(here.errors).toEqual([]);
    await a.close();
    const again = await here.client(ada, { storage: storage.reopen() });
    expect(again.conversation(conversation.id)?.phase).toBe("frozen");
    expect(await again.conversation(conversation.id)?.forkProof()).toEqual(proof);
    await hostile.client.close();
  });

  test("is kept as it was handed on where it is of a time before the device came", async () => {
    const { hostile, keys, conversation } = await scene("newcomer");
    const storage = memoryStorage();
    const c = await here.client(cleo, { storage });
    await conversation.add([cleo]);
    await here.until(() => c.conversations().length === 1, "joining");
    await here.settle();
    const [before] = await conversation.messages();
    const place = { seq: before?.seq as number };
    await hostile.say("receipt", (step) => {
      const entryHash = hashAt(step.state.log, place.seq) as Uint8Array;
      const sign = (hash: Uint8Array) =>
        signHead(logSuite, keys.privateKey, {
          ...(step.state.log.head as LogHead),
          ...place,
          entryHash: hash,
        });
      const branches = [
        { headers: [], head: sign(entryHash) },
        { headers: [], head: sign(other) },
      ] as const;
      return { type: "fork", seen: seenOf(step.state), proof: encodeForkProof({ ...place, branches }) };
    });
    const theirs = c.conversations()[0] as Conversation;
    const all = [conversation, theirs];
    await here.until(() => all.every(({ phase }) => phase === "frozen"), "that both stop");
    const proofs = await Promise.all(all.map((each) => each.forkProof()));
    await c.close();
    const again = await here.client(cleo, { storage: storage.reopen() });
    proofs.push(await again.conversation(conversation.id)?.forkProof());
    for (const proof of proofs)
      expect(proof && verifyForkProof(logSuite, keys.publicKey, decodeForkProof(proof))).toBe(true);
    expect(proofs[2]).toEqual(proofs[1]);
    await hostile.client.close();
  });

  test.each<[name: string, forge: (step: Step, keys: { privateKey: Uint8Array }) => Uint8Array]>([
    ["by another key", (step) => proofBy(step, new Uint8Array(32).fill(9), () => ({ entryHash: other }))],
    ["of one history", (step, { privateKey }) => proofBy(step, privateKey, () => ({ signedAt: 9 }))],
    [
      "of another conversation",
      (step, { privateKey }) =>
        proofBy(step, privateKey, () => ({ conversation: new Uint8Array(32), entryHash: other })),
    ],
    [
      "of two places",
      (step, { privateKey }) => proofBy(step, privateKey, ({ seq }) => ({ seq: seq + 1, entryHash: other })),
    ],
    ["that is none", () => new Uint8Array(50)],
  ])("counts for nothing where it is false, and its author is told of: %s", async (name, forge) => {
    const { hostile, keys, found, conversation } = await scene(name);
    await hostile.say("receipt", (step) => ({
      type: "fork",
      seen: seenOf(step.state),
      proof: forge(step, keys),
    }));
    await here.until(() => found.length > 0, "that it is told");
    expect(found).toMatchObject([{ what: "false-claim", by: { person: mallory, device: "phone" } }]);
    expect(conversation.phase).toBe("active");
    await conversation.send("after");
    await hostile.client.close();
  });
});
