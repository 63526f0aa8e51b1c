import { createClient, memoryStorage, unsafeDevelopmentIdentity } from "@readback/core";
import { memoryRelay, memoryRelayStore } from "@readback/relay";
import { describe, expect, test } from "vitest";

const ada = "ada@mercy.example";
const ben = "ben@st-lukes.example";

describe("memoryRelay", () => {
  test("carries a message and its acknowledgement between two clients, over cuts, and never sees it", async () => {
    const seen: Uint8Array[] = [];
    const log: string[] = [];
    const relay = memoryRelay({ logger: (entry) => log.push(JSON.stringify(entry)) });
    const transport = relay.transport();
    const tapped: typeof transport = {
      connect: async (handler, signal) => {
        const onFrame = (frame: Uint8Array): void => {
          seen.push(frame.slice());
          handler.onFrame(frame);
        };
        const connection = await transport.connect({ ...handler, onFrame, onClose: handler.onClose }, signal);
        return {
          send: (frame) => {
            seen.push(frame.slice());
            return connection.send(frame);
          },
          close: () => connection.close(),
        };
      },
    };
    const join = (person: string) =>
      createClient({
        identity: unsafeDevelopmentIdentity({ person }),
        transport: tapped,
        storage: memoryStorage(),
      });
    const [a, b] = [await join(ada), await join(ben)];
    b.on("message", async ({ message }) => {
      await message.acknowledge("canary read back");
    });
    await b.online();
    const conversation = await a.open({ members: [ben], subject: "canary subject" });
    const message = await conversation.send("canary K 6.8");
    relay.cut();
    expect((await message.reached("acknowledged")).text).toBe("canary read back");
    await Promise.all([a.close(), b.close()]);
    await relay.close();
    const text = new TextDecoder("latin1");
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.filter((bytes) => text.decode(bytes).includes("canary"))).toEqual([]);
    expect(log.join("\n")).not.toMatch(/canary|mercy|lukes/);
  });

  test("starts again with what it had", async () => {
    const store = memoryRelayStore();
    const storage = memoryStorage();
    const storeKey = new Uint8Array(32);
    const identity = unsafeDevelopmentIdentity({ person: ada });
    const first = memoryRelay({ store });
    const a = await createClient({ identity, transport: first.transport(), storage, storeKey });
    await a.online();
    await a.close();
    await first.close();
    const second = memoryRelay({ store: store.reopen() });
    const again = await createClient({
      identity,
      transport: second.transport(),
      storage: storage.reopen(),
      storeKey,
    });
    await again.online();
    await again.close();
    await second.close();
    const signal = new AbortController().signal;
    const handler = { onFrame: () => {}, onClose: () => {} };
    await expect(second.transport().connect(handler, signal)).rejects.toMatchObject({
      code: "transport-failed",
    });
  });
});
