import { afterEach, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import type { LogHead } from "../../src/wire/entry.ts";
import type { RelayMessage } from "../../src/wire/message.ts";
import { interposedTransport, type Told } from "./interposed-transport.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

let here: World;
afterEach(() => here.close());

/** Ada, and Ben through something that may change what the relay says. */
async function scene(seed: string) {
  here = world(seed);
  const control = { instead: (_message: RelayMessage): readonly Told[] | undefined => undefined };
  const network = interposedTransport(here.relay.transport(), {
    fromRelay: (message) => control.instead(message),
  });
  const a = await here.client(ada);
  const b = await here.client(ben, { transport: network });
  await here.until(() => b.connection === "online");
  return { a, b, control };
}

/** Lets minutes pass, while things happen. */
async function minutes(count: number): Promise<void> {
  for (let i = 0; i < count * 12; i++) {
    here.clock.advance(5_000);
    await here.settle();
  }
}

const reads = (client: Client, id: string, text: string) =>
  here.until(async () => (await textsOf(client, id)).includes(text), `reading ${text}`);

test.each(["active", "leaving"])(
  "who is removed and added again while the relay shows nothing gets in once it shows what has happened: %s",
  async (phase) => {
    const { a, b, control } = await scene("removed and added");
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    await conversation.send("before");
    await reads(b, conversation.id, "before");
    let head: LogHead | undefined;
    control.instead = (message) => {
      if (message.type === "entry") return [];
      if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
      head ??= message.answer.head;
      return [{ ...message, answer: { type: "entries", entries: [], head } }];
    };
    const theirs = b.conversation(conversation.id);
    if (phase === "active") await conversation.remove([ben]);
    else void theirs?.leave();
    await here.until(() => conversation.members().length === 1, "that ben is out");
    await conversation.add([ben]);
    await here.settle();
    expect(theirs?.phase).toBe(phase);
    control.instead = () => undefined;
    await minutes(1);
    await conversation.send("after");
    await reads(b, conversation.id, "after");
  },
);

test.each<[name: string, instead: (message: RelayMessage) => readonly Told[] | undefined]>([
  [
    "is altered",
    (message) => {
      if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
      const { head } = message.answer;
      const signature = new Uint8Array(head.signature.length);
      return [{ ...message, answer: { ...message.answer, head: { ...head, signature } } }];
    },
  ],
  [
    "cannot be had now",
    (message) =>
      message.type === "answer" && message.answer.type === "entries"
        ? [{ ...message, answer: { type: "refused", code: "rate-limited" } }]
        : undefined,
  ],
])("a Welcome is not lost where the entry that it came with %s", async (name, instead) => {
  const { a, b, control } = await scene(name);
  let times = 0;
  control.instead = (message) => {
    const told = times < 2 ? instead(message) : undefined;
    if (told !== undefined) times += 1;
    return told;
  };
  const conversation = await a.open({ members: [ben] });
  await minutes(1);
  await here.until(() => b.conversations().length === 1, "Ben gets in");
  expect(times).toBe(2);
  await conversation.send("after");
  await reads(b, conversation.id, "after");
});

test("a Welcome that never fits its entry is passed over, and what comes after it is not", async () => {
  const { a, b, control } = await scene("never");
  let first: Uint8Array | undefined;
  control.instead = (message) => {
    if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
    const { head } = message.answer;
    first ??= head.conversation;
    if (first.join() !== head.conversation.join()) return undefined;
    const signature = new Uint8Array(head.signature.length);
    return [{ ...message, answer: { ...message.answer, head: { ...head, signature } } }];
  };
  await a.open({ members: [ben] });
  const second = await a.open({ members: [ben] });
  await minutes(2);
  await here.until(() => b.conversation(second.id) !== undefined, "Ben gets into the second one");
  expect(b.conversations().length).toBe(1);
  expect(here.errors.map(({ code }) => code)).toEqual(["log-broken"]);
});

test("what the relay leaves out of an inbox is asked for again, before anything that comes after it", async () => {
  const { a, b, control } = await scene("left out");
  const seen: number[] = [];
  control.instead = (message) => {
    if (message.type !== "inbox" || seen.push(message.index) !== 2) return undefined;
    return [];
  };
  const opened: Conversation[] = [];
  for (let i = 0; i < 4; i++) opened.push(await a.open({ members: [ben] }));
  await here.until(() => opened.every(({ id }) => b.conversation(id) !== undefined), "Ben is in all of them");
  // The second was left out; the third told of that, and both came again in the next session.
  expect(new Set(seen).size).toBe(4);
  expect(seen[3]).toBe(seen[1]);
});

test.each<[name: string, pending: number, end: (b: Client) => unknown]>([
  ["its client closes", 0, (b) => b.close()],
  // What dials again waits for its time.
  ["its connection breaks", 1, () => here.relay.close()],
])("nobody waits for another try of a Welcome once %s", async (name, pending, end) => {
  here = world(name);
  const clock = manualClock(here.clock.now());
  let times = 0;
  const network = interposedTransport(here.relay.transport(), {
    fromRelay(message) {
      if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
      times += 1;
      return [{ ...message, answer: { type: "refused", code: "rate-limited" } }];
    },
  });
  const a = await here.client(ada);
  const b = await here.client(ben, { transport: network, clock });
  await here.until(() => b.connection === "online");
  await a.open({ members: [ben] });
  await here.until(() => times === 1, "the first try");
  await here.settle();
  await end(b);
  await here.settle();
  expect(clock.pending).toBe(pending);
});
