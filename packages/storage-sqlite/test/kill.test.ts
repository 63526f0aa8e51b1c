import { seededRandom } from "@readback/core/testing";
import { expect, test } from "vitest";
import { sqliteStorage } from "../src/index.ts";
import { startProcess } from "./other-process.ts";
import { scratchFile } from "./scratch.ts";

const rounds = 30;

test(`loses no acknowledged write and tears none when killed, ${rounds} times`, {
  timeout: 60_000,
}, async () => {
  const path = scratchFile();
  const random = seededRandom("kill");
  let head = 0;
  for (let round = 0; round < rounds; round++) {
    const writer = startProcess("write-until-killed.ts", path, String(head + 1));
    const [low = 0, high = 0] = random(2);
    await writer.printed(1 + ((low + 256 * high) % (round % 8 === 0 ? 400 : 40)));
    await writer.kill();
    const acknowledged = Number(writer.lines.at(-1));
    expect(acknowledged).toBeGreaterThan(head);

    const storage = sqliteStorage(path);
    const stored = await storage.read("head");
    head = new DataView((stored as Uint8Array).buffer).getUint32(0, true);
    expect(head).toBeGreaterThanOrEqual(acknowledged);
    expect(head).toBeLessThanOrEqual(acknowledged + 5);
    const expected = [];
    for (let number = Math.max(1, head - 9); number <= head; number++) {
      for (const part of [0, 1, 2]) expected.push(`step/${number}/${part}=${number % 256}`);
    }
    const found = (await storage.list("step")).map(({ key, value }) => {
      expect(value.length).toBe(3000);
      return `${key}=${new Set(value).size === 1 ? value[0] : "torn"}`;
    });
    expect(found).toEqual(expected.sort());
    await storage.close();
  }
});
