import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, type Conversation, createClient, unsafeDevelopmentIdentity } from "@readback/core";
import { seededRandom } from "@readback/core/testing";
import { sqliteStorage } from "@readback/storage-sqlite";
import { webSocketTransport } from "@readback/transport-ws";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { LineProcess } from "./killed-client/line-process.ts";
import { root } from "./repository.ts";

const rounds = 150;
const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const storeKey = "5e".repeat(32);

/** What a talker has of a message. */
type Told = { seq: number; id: string; from: string; text: string; problem?: string };

test(`a client that is killed ${rounds} times loses nothing and repeats nothing`, {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "readback-kill-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const talker = await buildTalker(folder);
  const url = await startRelay(folder);
  const random = seededRandom("kill");
  const delay = (longest: number) => ((random(2)[0] ?? 0) / 256) * longest;
  const start = () => new LineProcess([talker, join(folder, "ben.db"), url, storeKey]);

  const client = await createClient({
    identity: unsafeDevelopmentIdentity({ person: ada }),
    storage: sqliteStorage(join(folder, "ada.db")),
    storeKey: Buffer.from(storeKey, "hex"),
    transport: webSocketTransport(url),
  });
  onTestFinished(() => client.close());
  const seen = new Map<string, number>();
  client.on("message", ({ message }) => void seen.set(message.id, (seen.get(message.id) ?? 0) + 1));

  const promised: string[] = [];
  let conversation: Conversation | undefined;
  let next = start();
  for (let life = 1; life <= rounds; life++) {
    const process = next;
    await process.line("ready");
    process.tell(String(life));
    next = start();
    if (life === 1) {
      await process.line("open");
      conversation = await openWith(client, ben);
    } else {
      // Most are killed while they talk, some while they start.
      if (life % 4 !== 0) await process.line("open");
      await pause(delay(life % 4 === 0 ? 120 : 90));
    }
    promised.push(...((await conversation?.send(`ada ${life}`).then(({ text }) => [text])) ?? []));
    await process.kill();
    promised.push(...process.lines.filter((line) => line.startsWith("sent ")).map((line) => line.slice(5)));
    expect(process.lines.filter((line) => line.startsWith("error "))).toEqual([]);
  }
  await next.line("ready");
  next.tell("0");
  await next.line("open");
  if (conversation === undefined) throw new Error("There is no conversation.");

  const history = () => conversation?.messages({ limit: 1_000_000 }) ?? [];
  // Everything has arrived when all of ours has, and nothing more comes.
  for (let before = -1; ; await pause(200)) {
    const messages = await history();
    const last = messages.filter(({ from }) => from === ada).at(-1);
    const isThere = last !== undefined && /read|acknowledged/.test(await last.status());
    if (isThere && messages.length === before && messages.every(({ seq }) => seq !== undefined)) break;
    before = messages.length;
  }
  next.tell("end");
  const told = JSON.parse((await next.line("history ")).slice("history ".length)) as Told[];
  await next.ended();

  const messages = (await history()).map(({ seq, id, from, text, problem }) => ({
    seq,
    id,
    from,
    text,
    problem,
  }));
  const texts = messages.map(({ text }) => text);
  expect(messages.filter(({ problem }) => problem !== undefined)).toEqual([]);
  expect(promised.filter((text) => !texts.includes(text))).toEqual([]);
  expect(new Set(texts).size).toBe(texts.length);
  expect([...seen.values()].filter((count) => count !== 1)).toEqual([]);
  expect(told).toEqual(JSON.parse(JSON.stringify(messages)));
  // What one life said stands in the order in which it was said.
  for (let life = 1; life <= rounds; life++) {
    const numbers = texts
      .filter((text) => text.startsWith(`${life}.`))
      .map((text) => Number(text.split(".")[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  }
  // The power of the test: lives that were killed while they talked, and what was stored but not yet promised.
  expect(promised.length).toBeGreaterThan(rounds);
  expect(texts.length - promised.length).toBeLessThanOrEqual(rounds);
});

/** One file of plain JavaScript, so that a life begins within milliseconds. */
async function buildTalker(folder: string): Promise<string> {
  const outfile = join(folder, "talker.mjs");
  const entry = join(root, "test/killed-client/talker.ts");
  const conditions = ["@readback/source"];
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", conditions });
  return outfile;
}

async function startRelay(folder: string): Promise<string> {
  const cli = join(root, "packages/relay/src/cli.ts");
  const limits = ["requests=100000/600000", "sends=100000/600000"].flatMap((limit) => ["--limit", limit]);
  const data = ["--data", join(folder, "relay.db"), "--port", "0"];
  const relay = new LineProcess(["--conditions=@readback/source", cli, ...data, ...limits]);
  const { port } = JSON.parse(await relay.line('{"event":"listening"')) as { port: number };
  return `ws://127.0.0.1:${port}`;
}

/** A person can be reached as soon as their device has published keys. */
async function openWith(client: Client, person: string): Promise<Conversation> {
  for (;;) {
    try {
      return await client.open({ members: [person], subject: "Bed 12" });
    } catch (error) {
      if ((error as { code?: string }).code !== "unknown-recipient") throw error;
      await pause(50);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
