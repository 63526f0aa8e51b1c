import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  createClient,
  systemClock,
  systemRandom,
  type Transport,
  unsafeDevelopmentAuthority,
  unsafeDevelopmentIdentity,
} from "@readback/core";
import { createRelay } from "@readback/relay";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { sqliteStorage } from "@readback/storage-sqlite";
import { webSocketTransport } from "@readback/transport-ws";
import { serveWebSocket } from "@readback/transport-ws/server";
import { expect, onTestFinished, test } from "vitest";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const canaries = {
  text: "canary-in-the-text-0123456789abc",
  subject: "canary-in-the-subject-3456789abc",
  words: "canary-in-the-read-back-56789abc",
};

/** `inner`, with every byte that goes either way kept. */
function recorded(inner: Transport, seen: Buffer[]): Transport {
  return {
    async connect(handler, signal) {
      const connection = await inner.connect(
        {
          onFrame: (frame) => {
            seen.push(Buffer.from(frame));
            handler.onFrame(frame);
          },
          onClose: (reason) => handler.onClose(reason),
        },
        signal,
      );
      return {
        send: (frame) => {
          seen.push(Buffer.from(frame));
          return connection.send(frame);
        },
        close: () => connection.close(),
      };
    },
  };
}

test("no byte that a transport, a relay's store or a client's store ever sees holds what was said", async () => {
  const folder = mkdtempSync(join(tmpdir(), "readback-canary-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const seen: Buffer[] = [];
  const logs: string[] = [];
  const logger = (entry: object): void => void logs.push(JSON.stringify(entry));
  const store = sqliteRelayStore(join(folder, "relay.db"));
  const authority = unsafeDevelopmentAuthority();
  const relay = await createRelay({
    name: "relay.example",
    store,
    authority,
    clock: systemClock,
    random: systemRandom,
    logger,
  });
  const server = await serveWebSocket({ accept: relay.accept, port: 0 });
  const enter = (person: string) =>
    createClient({
      identity: unsafeDevelopmentIdentity({ person }),
      transport: recorded(webSocketTransport(`ws://127.0.0.1:${server.port}`), seen),
      storage: sqliteStorage(join(folder, `${person}.db`)),
      storeKey: new Uint8Array(32).fill(7),
      logger,
    });
  const a = await enter(ada);
  const b = await enter(ben);
  await b.online();
  b.on("message", ({ message }) => message.acknowledge(canaries.words));
  const conversation = await a.open({ members: [ben], subject: canaries.subject });
  const message = await conversation.send(canaries.text);
  const receipt = await message.reached("acknowledged");
  expect(receipt.text).toBe(canaries.words);
  expect(b.conversation(conversation.id)?.subject).toBe(canaries.subject);

  // Handles show no content and no keys to whoever prints them, and logs none to whoever keeps them.
  const printed = [a, b, conversation, message]
    .map((handle) => inspect(handle, { depth: 20, showHidden: true }))
    .join();
  const places = (): Map<string, Buffer> =>
    new Map([
      ["the wire", Buffer.concat(seen)],
      ["logs", Buffer.from(logs.join("\n"))],
      ["printed handles", Buffer.from(printed)],
      ...readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const),
    ]);
  const hits = (): string[] =>
    [...places()].flatMap(([place, bytes]) =>
      Object.entries(canaries).flatMap(([what, canary]) =>
        ["utf8", "utf16le", "base64", "hex"].some((encoding) =>
          bytes.includes(
            encoding.startsWith("utf")
              ? Buffer.from(canary, encoding as "utf8")
              : Buffer.from(canary)
                  .toString(encoding as "hex")
                  .slice(0, 40),
          ),
        )
          ? [`${what} in ${place}`]
          : [],
      ),
    );
  await Promise.all([a.close(), b.close()]);
  await server.close();
  await relay.close();
  await store.close();
  expect([...places().keys()]).toContain("relay.db");
  expect(places().get("the wire")?.length).toBeGreaterThan(2_000);
  expect(hits()).toEqual([]);
  // The search finds what is there.
  seen.push(Buffer.from(`before ${canaries.text} after`));
  expect(hits()).toEqual(["text in the wire"]);
}, 30_000);
