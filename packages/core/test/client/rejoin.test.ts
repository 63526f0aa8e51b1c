import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { MessageStatus } from "../../src/client/events.ts";
import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import type { Message } from "../../src/client/message.ts";
import { hasReached } from "../../src/client/progress.ts";
import { decodeContent } from "../../src/conversation/content.ts";
import { defaultCryptoProvider } from "../../src/crypto/default-provider.ts";
import type { Identity } from "../../src/index.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import type { Transport } from "../../src/port/index.ts";
import { crashingStorage } from "../../src/testing/crashing-storage.ts";
import { interposedTransport } from "./interposed-transport.ts";
import { recordingCrypto } from "./recording-crypto.ts";
import { copyOf } from "./store-copy.ts";
import { textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";

let here: World;
afterEach(() => here.close());

/** Waits until a message has come this far; the clock ticks meanwhile. */
async function reach(message: Message | undefined, status: MessageStatus): Promise<Message | undefined> {
  await here.until(async () => message !== undefined && hasReached(await message.status(), status), status);
  return message;
}

/** Of ben, whose device refuses the credential of `person` for as long as `refuses` says so. */
function doubting(person: string, doubt: { refuses: boolean }): Identity {
  const identity = unsafeDevelopmentIdentity({ person: ben, device: "phone" });
  const { authority } = identity;
  return {
    ...identity,
    authority: {
      ...authority,
      isValid: (input) =>
        authority.isValid(input) &&
        !(doubt.refuses && authority.identify(input.credential)?.person === person),
    },
  };
}

describe("a commit that only one device cannot process", () => {
  async function halted(
    seed: string,
    crypto = defaultCryptoProvider(),
    through: (transport: Transport) => Transport = (transport) => transport,
  ) {
    here = world(seed);
    const doubt = { refuses: true };
    const store = memoryStorage();
    const a = await here.client(ada, { crypto });
    const transport = through(here.relay.transport());
    const b = await here.client(ben, { crypto, identity: doubting(cleo, doubt), storage: store, transport });
    const c = await here.client(cleo, { crypto });
    const conversation = await a.open({ members: [ben], subject: "Bed 12" });
    await here.until(() => b.conversations().length === 1);
    await reach(await conversation.send("before"), "delivered");
    await conversation.add([cleo]);
    await here.until(() => b.conversation(conversation.id)?.phase === "halted", "that it halts");
    return { a, b, c, doubt, store, conversation };
  }

  test("halts the conversation there, and there alone, until the device has a new place in the group", async () => {
    const { a, b, c, doubt, conversation } = await halted("doubt");
    const missed = await conversation.send("while ben cannot read");
    await conversation.send("nor this");
    await reach(missed, "sent");
    const theirs = b.conversation(conversation.id);
    await expect(theirs?.send("too early")).rejects.toMatchObject({ code: "not-a-member" });
    doubt.refuses = false;
    await here.until(() => theirs?.phase === "active", "that it goes on");
    await reach(await theirs?.send("ben is back"), "delivered");
    await reach(await conversation.send("after"), "delivered");
    const expected = ["before", "while ben cannot read", "nor this", "ben is back", "after"];
    await here.until(async () => (await textsOf(a, conversation.id)).length === 5);
    expect(await textsOf(a, conversation.id)).toEqual(expected);
    expect(await textsOf(c, conversation.id)).toEqual(expected.slice(1));
    // The gap is visible: its place is there, and says why it is empty.
    const page = (await theirs?.messages()) ?? [];
    expect(page.map(({ text, problem }) => problem ?? text)).toEqual(
      expected.with(1, "missed-epoch").with(2, "missed-epoch"),
    );
    for (const client of [a, b, c]) {
      expect(membersOf(client, conversation.id)).toEqual([ada, ben, cleo]);
    }
    // What was missed was never delivered, and its author hears so by what the device has signed.
    const statusOfBen = async () => (await missed.receipts()).find(({ person }) => person === ben)?.status;
    await here.until(async () => (await statusOfBen()) === "unreadable", "its author hears it");
    const receipts = await missed.receipts();
    const [from, seq] = [page[1]?.seq, page[2]?.seq];
    const ofBen = receipts.find(({ person }) => person === ben);
    expect(ofBen).toMatchObject({ status: "unreadable", reason: "missed", device: "phone" });
    expect(decodeContent(ofBen?.proof?.content ?? new Uint8Array())).toMatchObject({
      type: "fault",
      faults: [{ from, seq, reason: "missed" }],
    });
  });

  test("leaves nothing to be said of what was read in the old place, which nobody could believe", async () => {
    here = world("receipts of an old place");
    const doubt = { refuses: true };
    // What it holds is written down and ready when its place is lost, and never reaches the relay.
    const network = interposedTransport(here.relay.transport(), {
      fromClient: (message) =>
        doubt.refuses &&
        message.type === "request" &&
        message.request.type === "append" &&
        message.request.kind === "receipt"
          ? "lost"
          : undefined,
    });
    const a = await here.client(ada);
    const b = await here.client(ben, { identity: doubting(cleo, doubt), transport: network });
    await here.client(cleo);
    await here.until(() => b.connection === "online");
    const found: string[] = [];
    a.on("integrity", ({ what, by }) => void found.push(`${what} ${by?.person}`));
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const before = await conversation.send("before");
    await here.until(async () => (await textsOf(b, conversation.id)).length === 1);
    await here.settle();
    await conversation.add([cleo]);
    await here.until(() => b.conversation(conversation.id)?.phase === "halted", "that it halts");
    doubt.refuses = false;
    await here.until(() => b.conversation(conversation.id)?.phase === "active", "that it goes on");
    await reach(await conversation.send("after"), "delivered");
    expect(found).toEqual([]);
    expect(await before.status()).toBe("sent");
  });

  test("is got over after a restart too, with what is stored", async () => {
    const { a, b, doubt, store, conversation } = await halted("doubt and restart");
    await b.close();
    doubt.refuses = false;
    const again = await here.client(ben, { identity: doubting(cleo, doubt), storage: store.reopen() });
    await here.until(() => again.conversation(conversation.id)?.phase === "active", "that it goes on");
    await reach(await conversation.send("after"), "delivered");
    // And the new place is stored whole.
    await again.close();
    const third = await here.client(ben, { storage: store.reopen().reopen() });
    await reach(await third.conversation(conversation.id)?.send("third"), "sent");
    await here.until(async () => (await textsOf(a, conversation.id)).includes("third"));
  });

  test.each(["lost", "applied"] as const)(
    "is got over whichever write the power fails at: %s",
    async (outcome) => {
      const crypto = recordingCrypto();
      let writes = Number.POSITIVE_INFINITY;
      for (let failAt = 2; failAt <= writes; failAt++) {
        const { a, b, doubt, store, conversation } = await halted(
          `power ${outcome} ${failAt}`,
          crypto.provider,
        );
        await b.close();
        doubt.refuses = false;
        const identity = doubting(cleo, doubt);
        const rest = store.reopen();
        const failing = crashingStorage(rest, { failAt, outcome });
        const transport = here.relay.transport();
        const cut = await here.client(ben, {
          crypto: crypto.provider,
          identity,
          storage: failing,
          transport,
        });
        const phase = (client: Client) => client.conversation(conversation.id)?.phase;
        await here.until(() => failing.crashed || phase(cut) === "active", "the crash, or the end");
        await here.settle();
        if (!failing.crashed) writes = failing.writes;
        await cut.close();
        const again = await here.client(ben, { crypto: crypto.provider, identity, storage: rest.reopen() });
        await here.until(() => phase(again) === "active", "that it goes on");
        await reach(await again.conversation(conversation.id)?.send("here"), "delivered");
        await reach(await conversation.send("there"), "delivered");
        expect(await textsOf(a, conversation.id)).toEqual(["before", "here", "there"]);
        expect(membersOf(again, conversation.id)).toEqual([ada, ben, cleo]);
        await here.close();
      }
      // The fence, the commit that was made, and its place in the log.
      expect(writes).toBe(3);
      expect(crypto.reused).toEqual([]);
    },
  );

  test("of a group that nobody vouches for who is known, nothing is made: the conversation stays halted", async () => {
    const { b, doubt, conversation } = await halted("doubt for good");
    for (let i = 0; i < 20; i++) {
      here.clock.advance(1_000);
      await here.settle();
    }
    // Its authority goes on refusing a member, so no tree with that member is taken.
    expect(doubt.refuses).toBe(true);
    expect(b.conversation(conversation.id)?.phase).toBe("halted");
  });

  test("is got over by being removed and added again too, whichever write the power fails at", async () => {
    for (let failAt = 1; ; failAt++) {
      const { a, b, doubt, store, conversation } = await halted(`added again ${failAt}`);
      await b.close();
      await conversation.remove([ben]);
      await conversation.add([ben]);
      await conversation.send("after");
      await here.settle();
      doubt.refuses = false;
      const cut = crashingStorage(store.reopen(), { failAt });
      const identity = doubting(cleo, doubt);
      const first = await here.client(ben, { identity, storage: cut }).catch(() => undefined);
      for (let second = 0; second < 30; second++) {
        here.clock.advance(1_000);
        await here.settle();
      }
      const { crashed } = cut;
      // Also where the power has not gone: it would in the next write.
      if (!crashed) await first?.close();
      const again = await here.client(ben, { identity, storage: store.reopen() });
      const found: string[] = [];
      again.on("integrity", ({ what }) => void found.push(what));
      await here.until(() => again.conversation(conversation.id)?.phase === "active", "its place");
      await reach(await conversation.send("later"), "delivered");
      await reach(await again.conversation(conversation.id)?.send("thanks"), "delivered");
      expect(await textsOf(a, conversation.id)).toEqual(["before", "after", "later", "thanks"]);
      expect(found).toEqual([]);
      await here.close();
      if (!crashed) break;
    }
  });

  test("asks for a place less and less often where nobody can vouch for one", async () => {
    let asked = 0;
    const counting = (transport: Transport) =>
      interposedTransport(transport, {
        fromClient(message) {
          if (message.type === "request" && message.request.type === "group-info") asked += 1;
          return undefined;
        },
      });
    const { b } = await halted("seldom", undefined, counting);
    const minutes = async (count: number) => {
      const before = asked;
      for (let second = 0; second < 60 * count; second++) {
        here.clock.advance(1_000);
        await here.settle();
      }
      return asked - before;
    };
    expect(await minutes(2)).toBeLessThan(10);
    const later = await minutes(10);
    expect(later).toBeGreaterThan(8);
    expect(later).toBeLessThan(13);
    expect(b.conversations()[0]?.phase).toBe("halted");
  });
});

describe("an old copy of a device's store (A22)", () => {
  test("is noticed by what the log holds, and the device says nothing before it has a new place in the group", async () => {
    here = world("rollback");
    const crypto = recordingCrypto();
    const store = memoryStorage();
    const a = await here.client(ada, { crypto: crypto.provider });
    const b = await here.client(ben, { crypto: crypto.provider, storage: store });
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    await reach(await b.conversations()[0]?.send("one"), "delivered");
    const copy = await copyOf(store);
    for (const text of ["two", "three"]) {
      await reach(await b.conversations()[0]?.send(text), "delivered");
    }
    await b.close();

    const restored = await here.client(ben, { crypto: crypto.provider, storage: copy });
    const sent = await restored.conversation(conversation.id)?.send("four");
    await reach(sent, "delivered");
    await reach(await conversation.send("five"), "delivered");
    expect(await textsOf(a, conversation.id)).toEqual(["one", "two", "three", "four", "five"]);
    expect(crypto.reused).toEqual([]);
    // What it has lost, it shows as lost.
    const page = (await restored.conversation(conversation.id)?.messages()) ?? [];
    expect(page.map(({ text, problem }) => problem ?? text)).toEqual([
      "one",
      "mls-own-message",
      "mls-own-message",
      "four",
      "five",
    ]);
  });

  /** Ben's device, put back to before it added Cleo, so that it cannot read on: since then others have done `meanwhile`. */
  async function putBack(
    seed: string,
    meanwhile: (conversation: Conversation) => Promise<unknown>,
    through: (transport: Transport) => Transport = (transport) => transport,
  ) {
    here = world(seed);
    const store = memoryStorage();
    const a = await here.client(ada);
    const b = await here.client(ben, { storage: store });
    await here.client(cleo);
    const conversation = await a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    await reach(await b.conversations()[0]?.send("one"), "delivered");
    const copy = await copyOf(store);
    await b.conversations()[0]?.add([cleo]);
    await here.until(() => conversation.members().length === 3, "that cleo is there");
    await meanwhile(conversation);
    await here.until(() => b.conversations()[0]?.phase === "active", "that ben is a member");
    await here.settle();
    await b.close();
    const found: string[] = [];
    const restored = await here.client(ben, { storage: copy, transport: through(here.relay.transport()) });
    restored.on("integrity", ({ what }) => void found.push(what));
    return { a, conversation, restored, found };
  }

  test("gets its place where the device was removed and added again since: what was said in between is not for it to read", async () => {
    const { a, conversation, restored, found } = await putBack("removed since", async (conversation) => {
      await conversation.remove([ben]);
      await reach(await conversation.send("not for ben"), "sent");
      await conversation.add([ben]);
      await reach(await conversation.send("lost with the store"), "delivered");
    });
    const phase = () => restored.conversation(conversation.id)?.phase;
    await here.until(() => here.errors.length > 0, "that it cannot read on");
    await here.until(() => phase() === "active", "its place");
    await reach(await conversation.send("three"), "delivered");
    await reach(await restored.conversation(conversation.id)?.send("four"), "delivered");
    expect(await textsOf(a, conversation.id)).toEqual([
      "one",
      "not for ben",
      "lost with the store",
      "three",
      "four",
    ]);
    const page = (await restored.conversation(conversation.id)?.messages()) ?? [];
    const shown = page.map(({ text, problem }) => problem ?? text);
    expect(shown).toEqual(["one", "missed-epoch", "three", "four"]);
    expect(found).toEqual([]);
    expect(membersOf(restored, conversation.id)).toEqual([ada, ben, cleo]);
  });

  test("gets no place after entries that the relay leaves out, where nobody has added the device again", async () => {
    const hiding = (transport: Transport): Transport =>
      interposedTransport(transport, {
        fromRelay(message) {
          if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
          const { entries } = message.answer;
          // All that came before the commit that takes the place.
          const isPlace = entries.at(-1)?.header.kind === "commit" && entries.length > 2;
          return isPlace
            ? [{ ...message, answer: { ...message.answer, entries: entries.slice(-1) } }]
            : undefined;
        },
      });
    const { conversation, restored, found } = await putBack(
      "left out",
      async (conversation) => {
        for (const text of ["hidden", "hidden too"]) await reach(await conversation.send(text), "delivered");
      },
      hiding,
    );
    await here.until(() => found.length > 0, "that something is found");
    expect(found[0]).toBe("log-broken");
    expect(restored.conversation(conversation.id)?.phase).toBe("halted");
  });
});

function membersOf(client: Client, id: string): string[] | undefined {
  return client
    .conversation(id)
    ?.members()
    .map(({ person }) => person)
    .sort();
}
