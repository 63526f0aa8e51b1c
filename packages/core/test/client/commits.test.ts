import { afterEach, describe, expect, test } from "vitest";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { unsteadyTransport } from "../../src/testing/unsteady-transport.ts";
import type { RelayMessage } from "../../src/wire/message.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const dora = "dora@mercy.example";

let here: World;
afterEach(() => here.close());

describe("changes of members", () => {
  test("two that commit at once: one wins, the other rebuilds its intent", async () => {
    here = world("race");
    const [a, b, c, d] = [
      await here.client(ada),
      await here.client(ben),
      await here.client(cleo),
      await here.client(dora),
    ];
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const { id } = await opened;
    const both = Promise.all([a.conversation(id)?.add([cleo]), b.conversation(id)?.add([dora])]);
    await here.until(() => c.conversations().length === 1 && d.conversations().length === 1, "both added");
    await both;
    await here.until(() => [a, b, c, d].every((client) => client.conversation(id)?.members().length === 4));
    await d.conversation(id)?.send("everybody here?");
    await here.until(async () => (await textsOf(a, id)).length === 1);
    for (const client of [a, b, c, d]) expect(await textsOf(client, id)).toEqual(["everybody here?"]);
    expect(here.errors).toEqual([]);
  });

  test("an intent that another commit has fulfilled ends quietly", async () => {
    here = world("obsolete");
    const [a, b, c] = [await here.client(ada), await here.client(ben), await here.client(cleo)];
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const { id } = await opened;
    const both = Promise.all([a.conversation(id)?.add([cleo]), b.conversation(id)?.add([cleo])]);
    await here.until(() => c.conversations().length === 1);
    let done = false;
    void both.then(() => {
      done = true;
    });
    await here.until(() => done, "both intents");
    expect(c.conversation(id)?.members().length).toBe(3);
  });

  test("whoever comes back and reads what was said before they left tells nobody", async () => {
    here = world("rejoin and read");
    const [a, b, c] = [await here.client(ada), await here.client(ben), await here.client(cleo)];
    const opened = a.open({ members: [ben, cleo] });
    await here.until(() => b.conversations().length === 1 && c.conversations().length === 1);
    const { id } = await opened;
    await a.conversation(id)?.send("Potassium 6.8");
    await here.until(async () => (await textsOf(b, id)).length === 1);
    const removed = a.conversation(id)?.remove([ben]);
    await here.until(() => b.conversation(id)?.phase === "left", "ben has left");
    await removed;
    const added = a.conversation(id)?.add([ben]);
    await here.until(() => b.conversation(id)?.phase === "active", "ben is back");
    await added;
    const [old] = (await b.conversation(id)?.messages()) ?? [];
    await old?.markRead();
    here.clock.advance(1_000);
    await here.settle();
    await b.conversation(id)?.send("back again");
    await here.until(async () => (await textsOf(c, id)).length === 2);
    expect(here.errors).toEqual([]);
  });

  test("whoever is removed while they claim keys for somebody hears that they are no member", async () => {
    here = world("removed while adding");
    const held: RelayMessage[] = [];
    const network = interposedTransport(here.relay.transport(), {
      fromRelay(message) {
        if (message.type !== "answer" || message.answer.type !== "claimed") return undefined;
        held.push(message);
        return [];
      },
    });
    const [a, b] = [await here.client(ada), await here.client(ben, { transport: network })];
    await here.client(cleo);
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const { id } = await opened;
    const added = b.conversation(id)?.add([cleo]);
    added?.catch(() => {});
    await here.until(() => held.length === 1, "keys on their way");
    const removed = a.conversation(id)?.remove([ben]);
    await here.until(() => b.conversation(id)?.phase === "left", "ben has left");
    await removed;
    network.last?.tell(...held);
    await expect(added).rejects.toMatchObject({ code: "not-a-member" });
    expect(here.errors).toEqual([]);
  });

  test("whoever was added, removed and added again while away is a member when back", async () => {
    here = world("twice welcome");
    const network = unsteadyTransport(here.relay.transport());
    const [a, b] = [await here.client(ada), await here.client(ben, { transport: network })];
    await here.client(cleo);
    await here.until(() => b.connection === "online");
    await network.down();
    const done = async () => {
      const { id } = await a.open({ members: [ben, cleo] });
      const conversation = a.conversation(id);
      await conversation?.send("Potassium 6.8");
      await conversation?.remove([ben]);
      await conversation?.add([ben]);
      await conversation?.send("Bed 12");
      return id;
    };
    let id = "";
    const work = done().then((opened) => {
      id = opened;
    });
    await here.until(() => id !== "", "all of it");
    await work;
    network.up();
    await here.until(async () => (await textsOf(b, id)).includes("Bed 12"), "ben is back");
    expect(await textsOf(b, id)).toEqual(["Potassium 6.8", "Bed 12"]);
    expect(here.errors).toEqual([]);
  });

  test("whoever leaves is gone once another member has committed it", async () => {
    here = world("leave");
    const [a, b, c] = [await here.client(ada), await here.client(ben), await here.client(cleo)];
    const opened = a.open({ members: [ben, cleo] });
    await here.until(() => b.conversations().length === 1 && c.conversations().length === 1);
    const { id } = await opened;
    const left = b.conversation(id)?.leave();
    await here.until(() => b.conversation(id)?.phase === "left", "leaving");
    await left;
    await here.until(() => a.conversation(id)?.members().length === 2);
    await a.conversation(id)?.send("just us now");
    await here.until(async () => (await textsOf(c, id)).length === 1);
    expect(await textsOf(b, id)).toEqual([]);
    await expect(b.conversation(id)?.send("hello?")).rejects.toMatchObject({ code: "not-a-member" });
    // Coming back is being added again.
    const back = a.conversation(id)?.add([ben]);
    await here.until(() => b.conversation(id)?.phase === "active", "coming back");
    await back;
    await a.conversation(id)?.send("welcome back");
    await here.until(async () => (await textsOf(b, id)).length === 1);
    expect(await textsOf(b, id)).toEqual(["welcome back"]);
    expect(here.errors).toEqual([]);
  });

  test.each(["phone", "tablet"])(
    "whoever leaves with two devices on the %s goes with both, also where somebody commits in between",
    async (leaver) => {
      here = world(`leave by halves, ${leaver}`);
      // Of what this device proposes the first comes through; before the next one its network goes.
      const network = unsteadyTransport(here.relay.transport());
      let proposed = 0;
      const slow = interposedTransport(network, {
        fromClient(message) {
          if (message.type !== "request" || message.request.type !== "append") return undefined;
          if (message.request.kind !== "proposal" || ++proposed !== 2) return undefined;
          void network.down();
          return "lost";
        },
      });
      const transport = (device: string) => (device === leaver ? { transport: slow } : {});
      const [a, phone, tablet] = [
        await here.client(ada),
        await here.client(ben, { device: "phone", ...transport("phone") }),
        await here.client(ben, { device: "tablet", ...transport("tablet") }),
      ];
      const both = [phone, tablet];
      await here.until(() => both.every(({ connection }) => connection === "online"));
      const opened = a.open({ members: [ben] });
      await here.until(() => both.every((client) => client.conversations().length === 1));
      const { id } = await opened;
      const devices = () =>
        a
          .conversation(id)
          ?.members()
          .find(({ person }) => person === ben)?.devices;
      expect(devices()).toEqual(["phone", "tablet"]);
      const left = (leaver === "phone" ? phone : tablet).conversation(id)?.leave();
      await here.until(() => devices()?.length === 1, "one of them is gone");
      expect(devices()).toEqual([leaver]);
      network.up();
      await here.until(() => devices() === undefined, "both are gone");
      await left;
      await here.until(() => both.every((client) => client.conversation(id)?.phase === "left"));
    },
  );

  test("whoever is not let go by the relay stays, and speaks on", async () => {
    here = world("not let go");
    const refusing = interposedTransport(here.relay.transport(), {
      fromClient(message, connection) {
        if (message.type !== "request" || message.request.type !== "append") return undefined;
        if (message.request.kind !== "proposal") return undefined;
        connection.tell({ type: "answer", id: message.id, answer: { type: "refused", code: "not-allowed" } });
        return "lost";
      },
    });
    const [a, b] = [await here.client(ada), await here.client(ben, { transport: refusing })];
    await here.settle();
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const { id } = await opened;
    const phases: (string | undefined)[] = [];
    b.on("conversation", ({ conversation }) => void phases.push(conversation.phase));
    const waiting = await b.conversation(id)?.send("said before");
    const left = b.conversation(id)?.leave();
    await expect(left).rejects.toMatchObject({ code: "relay-refused" });
    expect(phases).toEqual(["leaving", "active"]);
    await b.conversation(id)?.send("still here");
    await here.until(async () => (await textsOf(a, id)).length === 2, "that ada has both");
    expect(await textsOf(a, id)).toEqual(["said before", "still here"]);
    expect(waiting?.conversation.phase).toBe("active");
  });

  test("all who are left leave at once: nobody waits for a commit that nobody makes", async () => {
    here = world("all leave");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const { id } = await opened;
    const both = Promise.all([a.conversation(id)?.leave(), b.conversation(id)?.leave()]);
    await here.until(
      () => [a, b].every((client) => client.conversation(id)?.phase === "left"),
      "both have left",
    );
    await both;
    expect(here.errors).toEqual([]);
  });

  test("all who are left leave at once: a device of theirs that was away goes too", async () => {
    here = world("all leave, one is away");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const storage = memoryStorage();
    const desk = await here.client(ada, { device: "desk", storage: storage });
    const { id } = await a.open({ members: [ben] });
    await here.until(() => [b, desk].every((client) => client.conversations().length === 1));
    await desk.close();
    await Promise.all([a.conversation(id)?.leave(), b.conversation(id)?.leave()]);
    const again = await here.client(ada, { device: "desk", storage: storage.reopen() });
    const late = again
      .conversation(id)
      ?.send("too late")
      .catch(() => {});
    await here.until(() => again.conversation(id)?.phase === "left", "the device has left");
    await late;
    expect(here.errors).toEqual([]);
  });

  test("whoever is alone with several devices leaves with all of them", async () => {
    here = world("alone");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    const desk = await here.client(ada, { device: "desk" });
    const { id } = await a.open({ members: [ben] });
    await here.until(() => [b, desk].every((client) => client.conversations().length === 1));
    await a.conversation(id)?.remove([ben]);
    await here.until(() => desk.conversation(id)?.members().length === 1, "ben is out");
    await a.conversation(id)?.leave();
    await here.until(() => desk.conversation(id)?.phase === "left", "the other device has left too");
    expect(a.conversation(id)?.phase).toBe("left");
    expect(here.errors).toEqual([]);
  });

  test("all devices of a person get everything from when they joined", async () => {
    here = world("devices");
    const a = await here.client(ada);
    const phone = await here.client(ben, { device: "phone" });
    const tablet = await here.client(ben, { device: "tablet" });
    await here.until(() => [a, phone, tablet].every(({ connection }) => connection === "online"));
    const opened = a.open({ members: [ben] });
    await here.until(() => phone.conversations().length === 1 && tablet.conversations().length === 1);
    const { id } = await opened;
    await phone.conversation(id)?.send("from the phone");
    await here.until(async () => (await textsOf(tablet, id)).length === 1);
    expect(a.conversation(id)?.members()).toEqual([
      { person: ada, devices: ["phone"] },
      { person: ben, devices: expect.arrayContaining(["phone", "tablet"]) },
    ]);
    // A device that is new later is added by a device of the same person.
    const desk = await here.client(ada, { device: "desk" });
    await here.until(() => desk.conversations().length === 1, "the new device");
    await phone.conversation(id)?.send("for the desk too");
    await here.until(async () => (await textsOf(desk, id)).length === 1);
    expect(await textsOf(desk, id)).toEqual(["for the desk too"]);
  });

  test("refused at the call", async () => {
    here = world("refused");
    const [a, b] = [await here.client(ada), await here.client(ben)];
    await here.until(() => a.connection === "online" && b.connection === "online");
    const code = (promise: Promise<unknown> | undefined): Promise<unknown> =>
      (promise ?? Promise.resolve()).then(
        () => "nothing",
        (error: { code: string }) => error.code,
      );
    expect(await code(a.open({ members: [] }))).toBe("invalid-argument");
    expect(await code(a.open({ members: [ada] }))).toBe("invalid-argument");
    expect(await code(a.open({ members: ["nobody"] }))).toBe("invalid-argument");
    expect(await code(a.open({ members: [ben, ben] }))).toBe("invalid-argument");
    expect(await code(a.open({ members: ["stranger@mercy.example"] }))).toBe("unknown-recipient");
    expect(await code(a.open({ members: [ben], subject: "x".repeat(1_025) }))).toBe("text-too-long");
    expect(a.conversations()).toEqual([]);
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const conversation = await opened;
    expect(await code(conversation.send(""))).toBe("empty-text");
    expect(await code(conversation.send("x".repeat(16_385)))).toBe("text-too-long");
    expect(await code(conversation.send("\ud800"))).toBe("invalid-argument");
    expect(await code(conversation.remove([cleo]))).toBe("unknown-recipient");
    expect(await code(conversation.remove([ada]))).toBe("invalid-argument");
    expect(await code(conversation.add([cleo]))).toBe("unknown-recipient");
    expect(await conversation.messages()).toEqual([]);
    await conversation.send("x".repeat(16_384));
    await here.until(async () => (await textsOf(b, conversation.id)).length === 1);
    const controller = new AbortController();
    controller.abort();
    expect(await code(a.open({ members: [ben], signal: controller.signal }))).toBe("aborted");
  });
});
