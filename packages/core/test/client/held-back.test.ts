import { afterEach, describe, expect, test } from "vitest";
import type { Conversation } from "../../src/client/conversation.ts";
import type { IntegrityEvent } from "../../src/client/events.ts";
import type { Message } from "../../src/client/message.ts";
import type { Answer } from "../../src/wire/answer.ts";
import type { ClientMessage } from "../../src/wire/message.ts";
import { type Between, interposedTransport } from "./interposed-transport.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const phone = { person: ada, device: "phone" };

let here: World;
afterEach(() => here.close());

/** Ada talks to Ben through something that may keep what she hands over from the relay, and answer in its name. */
async function scene(seed: string, opener = ada) {
  here = world(seed);
  /** How many appends of a kind to keep back, and what to say to them; `undefined`: nothing. */
  const hold = { kind: "application", count: 0, answer: undefined as Answer | undefined, held: 0 };
  const between: Between = {
    fromClient(message: ClientMessage, { tell }) {
      if (message.type !== "request" || message.request.type !== "append") return undefined;
      if (message.request.kind !== hold.kind || hold.count === 0) return undefined;
      hold.count -= 1;
      hold.held += 1;
      if (hold.answer !== undefined) tell({ type: "answer", id: message.id, answer: hold.answer });
      return "lost";
    },
  };
  const network = interposedTransport(here.relay.transport(), between);
  const a = await here.client(ada, { transport: network });
  const b = await here.client(ben);
  await here.until(() => a.connection === "online");
  const found: { a: IntegrityEvent[]; b: IntegrityEvent[] } = { a: [], b: [] };
  a.on("integrity", (event) => void found.a.push(event));
  b.on("integrity", (event) => void found.b.push(event));
  const [first, second] = opener === ada ? [a, b] : [b, a];
  const opened = first.open({ members: [second.person] });
  await here.until(() => second.conversations().length === 1);
  const { id } = await opened;
  const conversation = a.conversation(id) as Conversation;
  const say = async (text: string): Promise<Message> => {
    const message = await conversation.send(text);
    await here.settle();
    return message;
  };
  const readsIt = (text: string) =>
    here.until(async () => (await textsOf(b, conversation.id)).includes(text), text);
  return { a, b, hold, found, conversation, say, readsIt };
}

const kinds = (events: readonly IntegrityEvent[]): string[] => events.map(({ what }) => what);

describe("a relay that keeps back", () => {
  test("a message is found out by the next one of the device, and again when it comes", async () => {
    const { hold, found, say, readsIt } = await scene("keeps one");
    await say("zero");
    hold.count = 1;
    const one = await say("one");
    await say("two");
    await readsIt("two");
    await here.settle();
    expect(await one.status()).toBe("queued");
    expect(found.b).toMatchObject([{ what: "missing", by: phone, counters: [2] }]);
    // Its author knows too: the log has what she said later.
    expect(found.a).toMatchObject([{ what: "missing", by: phone, counters: [2] }]);
    // No answer came, so the connection is given up, and the same bytes are handed over again.
    here.clock.advance(30_000);
    await readsIt("one");
    await here.settle();
    expect(kinds(found.b)).toEqual(["missing", "recovered"]);
    expect(here.errors).toEqual([]);
  });

  test("the first message of a device is found out by those who were there before it", async () => {
    const { hold, found, say, readsIt } = await scene("keeps the first", ben);
    hold.count = 1;
    await say("one");
    await say("two");
    await readsIt("two");
    await here.settle();
    expect(found.b).toMatchObject([{ what: "missing", by: phone, counters: [1] }]);
  });

  test("a message that it says is there is found out at once", async () => {
    const { hold, found, say, readsIt } = await scene("says it is there");
    Object.assign(hold, { count: 1, answer: { type: "appended", seq: 99, acceptedAt: 1 } });
    const one = await say("one");
    await here.until(() => found.a.length > 0);
    expect(kinds(found.a)).toEqual(["withheld"]);
    expect(await one.status()).toBe("queued");
    await readsIt("one");
    expect(kinds(found.b)).toEqual([]);
  });

  test("changes of members is told after five times", async () => {
    const { hold, found, conversation } = await scene("blocks");
    await here.client(cleo);
    Object.assign(hold, { kind: "commit", count: 7, answer: { type: "refused", code: "rate-limited" } });
    const added = conversation.add([cleo]);
    const heldAfter: number[] = [];
    const passUntil = async (check: () => boolean): Promise<void> => {
      while (!check() && heldAfter.length < 60) {
        heldAfter.push(hold.held);
        here.clock.advance(1_000);
        await here.settle();
      }
    };
    await passUntil(() => found.a.length > 0);
    expect(kinds(found.a)).toEqual(["blocked"]);
    expect(hold.held).toBe(5);
    // After one second, two more, and from then on every four seconds.
    expect(heldAfter.slice(-8)).toEqual([3, 3, 3, 3, 4, 4, 4, 4]);
    await passUntil(() => conversation.members().length === 3);
    await added;
    expect(kinds(found.a)).toEqual(["blocked"]);
  });
});

describe("somebody who comes later", () => {
  test("is not alarmed by what was said before", async () => {
    const { hold, found, conversation, say } = await scene("later");
    await say("one");
    const c = await here.client(cleo);
    const foundByCleo: IntegrityEvent[] = [];
    c.on("integrity", (event) => void foundByCleo.push(event));
    const added = conversation.add([cleo]);
    await here.until(() => c.conversations().length === 1);
    await added;
    await say("two");
    await here.until(async () => (await textsOf(c, conversation.id)).length === 1);
    hold.count = 1;
    await say("three");
    await say("four");
    await here.until(async () => (await textsOf(c, conversation.id)).length === 2);
    await here.settle();
    // From then on she counts as everybody does.
    expect(foundByCleo).toMatchObject([{ what: "missing", counters: [3] }]);
    expect(found.b).toMatchObject([{ what: "missing", counters: [3] }]);
  });
});

describe("an author who gives something up", () => {
  test("says so with the next message, and nobody is alarmed", async () => {
    const { a, hold, found, say, readsIt } = await scene("gives up");
    await say("zero");
    Object.assign(hold, { count: 1, answer: { type: "refused", code: "refused" } });
    const one = await say("one");
    await here.until(async () => (await one.status()) === "failed");
    await say("two");
    await readsIt("two");
    await say("three");
    await readsIt("three");
    expect([found.a, found.b]).toEqual([[], []]);
    expect(here.errors.map(({ code }) => code)).toEqual(["relay-refused"]);
    expect(a.connection).toBe("online");
  });
});
