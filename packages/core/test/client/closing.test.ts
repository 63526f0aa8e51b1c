import { afterEach, describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import type { Storage } from "../../src/port/index.ts";
import { startRuntime } from "./hostile.ts";
import { type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";

let here: World;
afterEach(() => here.close());

/** A store whose writes take as long as the test wants. */
function heldStorage() {
  const inner = memoryStorage();
  const waiting: (() => void)[] = [];
  let isHeld = false;
  const storage: Storage = {
    read: (key) => inner.read(key),
    list: (prefix, options) => inner.list(prefix, options),
    async write(changes, expectations) {
      if (isHeld) await new Promise<void>((resolve) => void waiting.push(resolve));
      return inner.write(changes, expectations);
    },
    close: () => inner.close(),
  };
  return {
    storage,
    waiting,
    hold(): void {
      isHeld = true;
    },
    release(): void {
      isHeld = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

/** What a promise was rejected with, once everything has run that can. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  let code = "none";
  promise.then(
    () => {
      code = "resolved";
    },
    (error: { code: string }) => {
      code = error.code;
    },
  );
  await here.settle();
  return code;
}

describe.each<[when: string, isBehind: boolean]>([
  ["is written", false],
  ["waits for another write", true],
])(
  "whoever waits hears that the client was closed, also where that happens while it %s that",
  (when, isBehind) => {
    test.each<[name: string, begin: (a: Client) => Promise<unknown>]>([
      ["a conversation is opened", (a) => a.open({ members: [ben] })],
      ["somebody is added", async (a) => a.conversations()[0]?.add([cleo])],
      ["somebody is removed", async (a) => a.conversations()[0]?.remove([ben])],
      ["this device leaves", async (a) => a.conversations()[0]?.leave()],
    ])("%s", async (name, begin) => {
      here = world(`${when} ${name}`);
      const { storage, waiting, hold, release } = heldStorage();
      const a = await here.client(ada, { storage });
      for (const person of [ben, cleo]) await here.client(person);
      const opened = a.open({ members: [ben] });
      await here.until(() => a.conversations().length === 1);
      await opened;
      await here.settle();
      hold();
      if (isBehind)
        a.conversations()[0]
          ?.send("first")
          .catch(() => {});
      const begun = begin(a);
      begun.catch(() => {});
      await here.settle();
      expect(waiting).toHaveLength(1);
      const closed = a.close();
      await here.settle();
      release();
      await closed;
      expect(await codeOf(begun)).toBe("closed");
    });
  },
);

test("whoever waits for what follows a conversation hears that the client was closed, before or after that", async () => {
  here = world("what follows");
  const runtime = await startRuntime(ada, here);
  await here.client(ben);
  const a = await here.client(cleo);
  await here.until(() => runtime.presence.session !== undefined);
  const opened = a.open({ members: [ada, ben] });
  await here.until(() => runtime.conversations.length === 1);
  await opened;
  const [old] = runtime.conversations;
  if (old === undefined) throw new Error("There is no conversation.");
  const following = { id: "00".repeat(32), keyPackages: [] };
  const come = () => runtime.succession.come(old, following, undefined);
  const before = come();
  before.catch(() => {});
  expect(await codeOf(before)).toBe("none");
  await runtime.close();
  expect([await codeOf(before), await codeOf(come())]).toEqual(["closed", "closed"]);
});
