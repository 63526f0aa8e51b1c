import { memoryRelayStore } from "@readback/relay";
import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { unsteadyTransport } from "../../src/testing/unsteady-transport.ts";
import type { Answer } from "../../src/wire/answer.ts";
import {
  type ClientMessage,
  encodeClientMessage,
  encodeRelayMessage,
  type RelayMessage,
} from "../../src/wire/message.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { LyingRelay, logKeysOf } from "./lying-relay.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

let here: World;
afterEach(() => here.close());

type EndsAnswer = Extract<Answer, { type: "ends" }>;

/** Ben, through something that sees and may change what the relay answers. */
async function scene(seed: string, relayOptions: Parameters<typeof world>[1] = {}) {
  here = world(seed, relayOptions);
  const control = {
    ends: (answer: EndsAnswer): Answer => answer,
    isHeld: (_message: RelayMessage): boolean => false,
    seen: [] as EndsAnswer[],
    bytes: 0,
  };
  const asked = new Set<number>();
  const network = interposedTransport(here.relay.transport(), {
    fromClient(message: ClientMessage) {
      if (message.type === "request" && message.request.type === "ends") asked.add(message.id);
      control.bytes += encodeClientMessage(message).length;
      return undefined;
    },
    fromRelay(message) {
      control.bytes += encodeRelayMessage(message).length;
      if (control.isHeld(message)) return [];
      if (message.type !== "answer" || message.answer.type !== "ends") return undefined;
      control.seen.push(message.answer);
      return [{ ...message, answer: control.ends(message.answer) }];
    },
  });
  const unsteady = unsteadyTransport(network);
  const storage = memoryStorage();
  const a = await here.client(ada);
  const b = await here.client(ben, { transport: unsteady, storage });
  await here.until(() => b.connection === "online");
  const found: string[] = [];
  const heard: boolean[] = [];
  b.on("integrity", ({ what }) => void found.push(what));
  b.on("freshness", ({ freshness }) => void heard.push(freshness.current));
  const open = async (): Promise<{ toBen: Conversation; toAda: Conversation }> => {
    const opened = a.open({ members: [ben] });
    const before = b.conversations().length;
    await here.until(() => b.conversations().length > before);
    const toBen = await opened;
    return { toBen, toAda: b.conversation(toBen.id) as Conversation };
  };
  const { toBen, toAda } = await open();
  await here.until(() => toAda.freshness.current);
  return { a, b, control, unsteady, storage, found, heard, open, toBen, toAda };
}

/** Lets the questions of half a minute be asked and answered. */
async function tick(milliseconds = 30_000): Promise<void> {
  here.clock.advance(milliseconds);
  await here.settle();
}

const reads = (client: Client, { id }: Conversation, text: string) =>
  here.until(async () => (await textsOf(client, id)).includes(text), `reading ${text}`);

describe("a conversation", () => {
  test("is current as of the relay's last word, and not without a connection", async () => {
    const { unsteady, heard, toAda, toBen, b } = await scene("offline and on");
    await tick();
    const before = toAda.freshness;
    expect(before).toEqual({ current: true, asOf: here.clock.now() });
    await tick();
    expect(toAda.freshness).toEqual({ current: true, asOf: here.clock.now() });
    const since = here.clock.now();
    await unsteady.down();
    await here.settle();
    expect(toAda.freshness).toEqual({ current: false, since });
    await toBen.send("said meanwhile");
    await tick(1_000);
    unsteady.up();
    await here.until(() => toAda.freshness.current);
    // Whoever is told that it is current has everything.
    expect(await textsOf(b, toAda.id)).toEqual(["said meanwhile"]);
    expect(heard).toEqual([true, false, true]);
  });

  test("is not current after a restart without a network, since the relay vouched for it last", async () => {
    const { b, storage, toBen, toAda } = await scene("restart");
    await toBen.send("Potassium 6.8");
    await reads(b, toAda, "Potassium 6.8");
    await tick();
    await b.close();
    const network = unsteadyTransport(here.relay.transport());
    await network.down();
    const again = await here.client(ben, { storage: storage.reopen(), transport: network });
    const { freshness } = again.conversations()[0] as Conversation;
    expect(freshness.current).toBe(false);
    if (!freshness.current) expect(freshness.since).toBeLessThanOrEqual(here.clock.now());
  });

  test("costs the idle line one short question and one short answer, however many there are", async () => {
    const { control, open } = await scene("idle");
    for (let i = 0; i < 4; i++) await open();
    await tick(1_000);
    await tick();
    control.bytes = 0;
    control.seen = [];
    await tick();
    expect(control.seen.map(({ ends }) => ends)).toEqual([undefined]);
    expect(control.bytes).toBeLessThan(160);
  });
});

describe("a relay", () => {
  test.each<[name: string, ends: (answer: EndsAnswer, old: EndsAnswer) => Answer]>([
    ["repeats an old answer", (_answer, old) => old],
    ["makes one up", (answer) => ({ ...answer, signature: new Uint8Array(70) })],
    ["dates it otherwise", (answer) => ({ ...answer, signedAt: answer.signedAt + 1 })],
    ["does not answer it", () => ({ type: "refused", code: "refused" })],
  ])("that %s does not pass for current", async (name, ends) => {
    const { control, found, heard, toAda } = await scene(name);
    await tick();
    const old = control.seen.at(-1) as EndsAnswer;
    const since = here.clock.now();
    control.ends = (answer) => ends(answer, old);
    await tick();
    expect(toAda.freshness).toEqual({ current: false, since });
    expect(found).toEqual(["withheld"]);
    await tick();
    expect(found).toEqual(["withheld"]);
    control.ends = (answer) => answer;
    await tick();
    expect(toAda.freshness).toEqual({ current: true, asOf: here.clock.now() });
    expect(heard).toEqual([true, false, true]);
  });

  test("that does not pass on what is new is found out by its own word, and asked for it", async () => {
    const { b, control, toBen, toAda, found } = await scene("keeps entries");
    control.isHeld = (message) => message.type === "entry";
    await toBen.send("Potassium 6.8");
    await here.settle();
    expect(await textsOf(b, toAda.id)).toEqual([]);
    await tick();
    await reads(b, toAda, "Potassium 6.8");
    expect(toAda.freshness.current).toBe(true);
    expect(found).toEqual([]);
  });

  test("that answers nothing at all loses the connection, and what it had vouched for is old", async () => {
    const { b, control, toAda } = await scene("silent");
    await tick();
    const since = here.clock.now();
    control.isHeld = () => true;
    await tick();
    await tick();
    expect(b.connection).toBe("offline");
    expect(toAda.freshness).toEqual({ current: false, since });
  });

  test("whose clock is far off is current all the same, and told of", async () => {
    const offset = { milliseconds: 0 };
    const { found, toAda } = await scene("clock", {
      clock: {
        now: () => here.clock.now() + offset.milliseconds,
        wake: (at, run) => here.clock.wake(at - offset.milliseconds, run),
      },
    });
    offset.milliseconds = 600_000;
    await tick();
    expect(toAda.freshness).toEqual({ current: true, asOf: here.clock.now() + 600_000 });
    expect(found).toEqual(["clock-off"]);
  });

  test("that was set back while nobody looked is found out by its next word", async () => {
    const store = memoryRelayStore();
    here = world("set back", { store });
    const keys = await logKeysOf(store);
    const lying = new LyingRelay(keys, () => here.clock.now());
    const a = await here.client(ada);
    const b = await here.client(ben, { transport: interposedTransport(here.relay.transport(), lying) });
    await here.until(() => b.connection === "online");
    const found: string[] = [];
    b.on("integrity", ({ what }) => void found.push(what));
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const toBen = await opened;
    const toAda = b.conversation(toBen.id) as Conversation;
    await toBen.send("one");
    await reads(b, toAda, "one");
    await here.until(() => toAda.freshness.current);
    lying.setBack(1);
    lying.lieAboutEnds(`${ben}/phone`);
    await tick();
    expect(found).toEqual(["rolled-back"]);
    expect(toAda.freshness.current).toBe(false);
    await tick();
    expect(found).toEqual(["rolled-back"]);
  });
});
