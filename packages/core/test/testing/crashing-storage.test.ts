import { describe, expect, test } from "vitest";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { type CrashPlan, crashingStorage } from "../../src/testing/crashing-storage.ts";
import { storageCases } from "../../src/testing/storage-cases.ts";

const put = (key: string) => [{ put: key, value: Uint8Array.of(1) }];

/** Writes a/1, a/2 and a/3 and tells what became of each, and what is stored in the end. */
async function writeThree(plan: CrashPlan) {
  const inner = memoryStorage();
  const storage = crashingStorage(inner, plan);
  const outcomes: string[] = [];
  for (const key of ["a/1", "a/2", "a/3"]) {
    outcomes.push(
      await storage.write(put(key)).then(
        () => "ok",
        ({ code }) => code,
      ),
    );
  }
  const stored = (await inner.list("a")).map(({ key }) => key);
  return { storage, inner, outcomes, stored };
}

test("counts the writes and lets them through", async () => {
  const { storage, inner, outcomes, stored } = await writeThree({});
  expect(outcomes).toEqual(["ok", "ok", "ok"]);
  expect(stored).toEqual(["a/1", "a/2", "a/3"]);
  expect([storage.writes, storage.crashed]).toEqual([3, false]);
  await storage.close();
  await expect(inner.read("a/1")).rejects.toMatchObject({ code: "closed" });
});

test.each([
  ["lost", ["a/1"]],
  ["applied", ["a/1", "a/2"]],
] as const)("cuts the power at a write that is %s", async (outcome, expected) => {
  const { storage, inner, outcomes, stored } = await writeThree({ failAt: 2, outcome });
  expect(outcomes).toEqual(["ok", "storage-failed", "storage-failed"]);
  expect(stored).toEqual(expected);
  expect(storage.crashed).toBe(true);
  await expect(storage.read("a/1")).rejects.toMatchObject({ code: "storage-failed" });
  await expect(storage.list("a")).rejects.toMatchObject({ code: "storage-failed" });
  await storage.close();
  expect(await inner.read("a/1")).toEqual(Uint8Array.of(1));
});

test("rejects what was under way when the power went", async () => {
  const storage = crashingStorage(memoryStorage(), { failAt: 2 });
  const calls = [storage.write(put("a/1")), storage.read("a/1"), storage.write(put("a/2"))];
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});

test("refuses one write for lack of room and goes on", async () => {
  const { storage, outcomes, stored } = await writeThree({ failAt: 2, outcome: "full" });
  expect(outcomes).toEqual(["ok", "storage-full", "ok"]);
  expect(stored).toEqual(["a/1", "a/3"]);
  expect(storage.crashed).toBe(false);
});

describe("without a crash it is a storage like any other", () => {
  test.each(storageCases)("$name", ({ run }) =>
    run(async () => {
      let inner = memoryStorage();
      return {
        storage: crashingStorage(inner),
        reopen: async () => {
          inner = inner.reopen();
          return crashingStorage(inner);
        },
      };
    }),
  );
});
