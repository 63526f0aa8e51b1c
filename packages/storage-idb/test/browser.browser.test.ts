import { seededRandom } from "@readback/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { cdp } from "vitest/browser";
import { idbStorage } from "../src/index.ts";
import { freshName } from "./indexed-db.ts";

test("a write over the quota is refused with storage-full and changes nothing", async () => {
  const session = cdp();
  const { origin } = location;
  onTestFinished(async () => {
    await session.send("Storage.overrideQuotaForOrigin", { origin });
  });
  // Chromium remembers for half a minute how much room there was, unless the data is cleared.
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 3_000_000 });

  const storage = idbStorage(freshName());
  const large = seededRandom("quota")(500_000); // nothing that could be compressed
  let count = 0;
  let refused: unknown;
  while (refused === undefined && count < 20) {
    const state = { put: "state", value: Uint8Array.of(count + 1) };
    try {
      await storage.write([state, { put: `large/${count}`, value: large }]);
      count += 1;
    } catch (error) {
      refused = error;
    }
  }
  expect(refused).toMatchObject({ name: "ReadbackError", code: "storage-full" });
  expect(count).toBeGreaterThan(1);
  expect(await storage.read("state")).toEqual(Uint8Array.of(count));
  expect((await storage.list("large")).length).toBe(count);

  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await storage.write([{ put: "large/again", value: large }]);
  expect((await storage.list("large")).length).toBe(count + 1);
  await storage.close();
});

test("loses no acknowledged write and tears none when its worker is killed", {
  timeout: 60_000,
}, async () => {
  const name = freshName();
  const random = seededRandom("kill");
  let head = 0;
  for (let round = 0; round < 20; round++) {
    const [wanted = 0] = random(1);
    const worker = new Worker(new URL("./write-until-killed.worker.ts", import.meta.url), { type: "module" });
    let acknowledged = 0;
    await new Promise<void>((resolve, reject) => {
      worker.onerror = reject;
      worker.onmessage = ({ data }) => {
        acknowledged = data;
        if (acknowledged >= head + 1 + (wanted % 20)) resolve();
      };
      worker.postMessage({ name, start: head + 1 });
    });
    if (round === 0) {
      const second = idbStorage(name, { lockTimeout: 0 });
      await expect(second.read("head")).rejects.toMatchObject({ code: "storage-locked" });
    }
    worker.terminate();

    const storage = idbStorage(name, { lockTimeout: 10_000 });
    const stored = (await storage.read("head")) as Uint8Array;
    head = new DataView(stored.buffer).getUint32(0, true);
    expect(head).toBeGreaterThanOrEqual(acknowledged);
    const expected = [];
    for (let number = Math.max(1, head - 9); number <= head; number++) {
      for (const part of [0, 1, 2]) expected.push(`step/${number}/${part}=${number % 256}`);
    }
    const found = (await storage.list("step")).map(
      ({ key, value }) => `${key}=${new Set(value).size === 1 ? value[0] : "torn"}`,
    );
    expect(found).toEqual(expected.sort());
    await storage.close();
  }
});
