import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, memoryStorage, unsafeDevelopmentIdentity } from "@readback/core";
import { sqliteStorage } from "@readback/storage-sqlite";
import { webSocketTransport } from "@readback/transport-ws";
import { afterAll, expect, test } from "vitest";
import { killPrograms, Program } from "../program.ts";
import type { HospitalOrder, HospitalReport, RelayOrder, RelayReport } from "../talk.ts";

const folder = mkdtempSync(join(tmpdir(), "two-hospitals-test-"));
const storeKey = "07".repeat(32);
const ada = "ada@mercy.example";
const ben = "ben@st-lukes.example";

afterAll(async () => {
  await killPrograms();
  rmSync(folder, { recursive: true, force: true });
});

test("a program that starts on a file answers what was heard before and goes on where it was", {
  timeout: 60_000,
}, async () => {
  const url = await startRelay();
  const sender = await open(ada, memoryStorage(), url);
  const database = join(folder, "ben.db");
  const before = await open(ben, sqliteStorage(database), url);
  const conversation = await sender.open({ members: [ben] });
  const plain = await conversation.send("seen by nobody yet");
  const critical = await conversation.send("CRITICAL: K 6.8. Please read back.", { intent: "critical" });
  await critical.reached("delivered");
  await before.conversations()[0]?.send("said before the crash");
  await before.close();
  expect(await plain.status()).toBe("delivered");

  const heard = async (): Promise<string[]> =>
    (await conversation.messages()).filter(({ from }) => from === ben).map(({ text }) => text);
  const bothHeard = new Promise<void>((resolve) => {
    conversation.on("message", async () => {
      if ((await heard()).length === 2) resolve();
    });
  });

  const reports: HospitalReport[] = [];
  const hospital = new Program<HospitalOrder, HospitalReport>("hospital.ts", {
    onReport: (report) => reports.push(report),
    onCrash: (reason) => expect.unreachable(reason),
  });
  hospital.tell({ type: "start", database, storeKey, person: ben, url, opensWith: undefined });
  hospital.tell({ type: "say", turn: 0, text: "said before the crash" });
  hospital.tell({ type: "say", turn: 1, text: "said after it" });

  expect((await critical.reached("acknowledged")).text).toBe("Read back: K 6.8.");
  await plain.reached("read");
  await bothHeard;
  expect(await heard()).toEqual(["said before the crash", "said after it"]);
  expect(reports).toContainEqual({ type: "resumed", own: 1, others: 2 });

  hospital.tell({ type: "end" });
  await hospital.end();
  await sender.close();
});

async function open(
  person: string,
  storage: Parameters<typeof createClient>[0]["storage"],
  url: string,
): Promise<Client> {
  const client = await createClient({
    identity: unsafeDevelopmentIdentity({ person }),
    transport: webSocketTransport(url),
    storage,
    storeKey: Buffer.from(storeKey, "hex"),
  });
  await client.online();
  return client;
}

function startRelay(): Promise<string> {
  return new Promise((resolve, reject) => {
    const relay = new Program<RelayOrder, RelayReport>("relay.ts", {
      onReport: ({ port }) => resolve(`ws://127.0.0.1:${port}`),
      onCrash: (reason) => reject(new Error(reason)),
    });
    relay.tell({ type: "start", database: join(folder, "relay.db"), port: 0 });
  });
}
