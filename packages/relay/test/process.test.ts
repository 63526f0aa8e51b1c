import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CipherSuite } from "@readback/core/crypto";
import { entryHash } from "@readback/core/log";
import { hex, type LogEntry, Writer } from "@readback/core/wire";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { Device } from "./device.ts";
import { Member } from "./member.ts";
import { type RelayProcess, startRelay } from "./process.ts";
import { crypto, type Surroundings } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "readback-relay-"));
const relays: RelayProcess[] = [];
const suite = crypto.suite(2) as CipherSuite;
const unlimited = ["sends=1000000/1000000", "requests=1000000/1000000"].flatMap((limit) => [
  "--limit",
  limit,
]);
let files = 0;

async function start(database: string): Promise<RelayProcess> {
  const relay = await startRelay(database, ...unlimited);
  relays.push(relay);
  return relay;
}

afterEach(async () => {
  for (const relay of relays.splice(0)) if (relay.process.exitCode === null) await relay.end("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The same device before another relay process. */
async function logIn(world: Surroundings, before?: Device): Promise<Device> {
  const device = new Device(world, "ada-canary@mercy.example/phone");
  if (before !== undefined) Object.assign(device, { keys: before.keys });
  expect(await device.logIn()).toMatchObject({ type: "welcome" });
  return device;
}

/** What only a relay would take for a message; cheap to make. */
function opaqueMessage({ group }: Member, number: number): Uint8Array {
  const writer = new Writer().u16(1).u16(2).bytes(group.context.groupId).u64(group.epoch).u8(1);
  return writer
    .bytes(new Uint8Array(0))
    .bytes(new Uint8Array(20))
    .bytes(new Uint8Array(500).fill(number))
    .finish();
}

async function readLog(member: Member): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (;;) {
    const page = await member.fetch(entries.length, 100);
    entries.push(...page.entries);
    if (page.entries.length === 0) return entries;
  }
}

describe("a relay process", () => {
  test("that is killed again and again loses no acknowledged append and doubles none", {
    timeout: 60_000,
  }, async () => {
    const database = join(folder, `${files++}.db`);
    const acknowledged = new Map<string, number>();
    const sent: Uint8Array[] = [];
    let relay = await start(database);
    let member = new Member(await logIn(relay), relay.random(32));
    await member.create();
    for (let round = 1; round <= 5; round++) {
      // 40 more are on their way while the first ones are answered; then the process dies among them.
      for (let count = 0; count < 40; count++) sent.push(opaqueMessage(member, sent.length));
      let answers = 0;
      const dying = sent.map(async (payload) => {
        const answer = await member.append({ payload });
        if (answer.type !== "appended") throw new Error(`expected an append, found ${answer.type}`);
        const key = hex(suite.hash.digest(payload));
        expect(acknowledged.get(key) ?? answer.seq).toBe(answer.seq);
        acknowledged.set(key, answer.seq);
        answers += 1;
        if (answers === sent.length - 40 + 8 * (round - 1) + 1) relay.process.kill("SIGKILL");
      });
      await Promise.allSettled(dying);
      await relay.end("SIGKILL");
      relay = await start(database);
      const device = await logIn(relay, member.device);
      member = Object.assign(new Member(device, member.conversation), { group: member.group });
      const entries = await readLog(member);
      const seqs = new Map(entries.map(({ header }) => [hex(header.payloadHash), header.seq]));
      expect(seqs.size).toBe(entries.length);
      for (const [key, seq] of acknowledged) expect(seqs.get(key)).toBe(seq);
      for (const [index, { header }] of entries.entries()) {
        expect(header.seq).toBe(index + 1);
        const before = entries[index - 1];
        if (before !== undefined) expect(hex(header.previousHash)).toBe(hex(entryHash(suite, before.header)));
      }
    }
    // Whatever was lost is sent again, and everything else as well: each is there once.
    for (const payload of sent) await member.append({ payload });
    expect(await readLog(member)).toHaveLength(sent.length + 1);
    expect(acknowledged.size).toBeGreaterThan(100);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("drains on %s", { timeout: 60_000 }, async (signal) => {
    const database = join(folder, `${files++}.db`);
    const relay = await start(database);
    const member = new Member(await logIn(relay), relay.random(32));
    const answer = member.create();
    await answer;
    const ending = relay.end(signal);
    expect(await member.device.next()).toEqual({ type: "goodbye" });
    await member.device.wire.closed;
    expect(await ending).toEqual({ code: 0, signal: null });
    const text = relay.log.join("");
    expect(text).toContain('"event":"drained"');
    expect(text).not.toMatch(/canary|mercy/);
    expect(text).not.toContain(hex(member.conversation).slice(0, 8));
    // Nothing is left to be recovered, and the next one has it all.
    const next = await start(database);
    const device = await logIn(next, member.device);
    expect((await new Member(device, member.conversation).fetch(0)).head.seq).toBe(1);
  });

  test("refuses a second one on its file", { timeout: 60_000 }, async () => {
    const database = join(folder, `${files++}.db`);
    await start(database);
    await expect(startRelay(database)).rejects.toThrow("Another process holds the database");
  });
});
