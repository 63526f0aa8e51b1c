import type { Storage } from "@readback/core/storage";
import { deleteDB, openDB } from "idb";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openDatabase } from "../src/database.ts";
import { type IdbStorageOptions, idbStorage } from "../src/index.ts";
import { freshName } from "./indexed-db.ts";

const code = (expected: string) => expect.objectContaining({ name: "ReadbackError", code: expected });
const put = (key: string, ...value: number[]) => ({ put: key, value: Uint8Array.of(...value) });

function open(name: string, options?: IdbStorageOptions): Storage {
  const storage = idbStorage(name, options);
  onTestFinished(() => storage.close());
  return storage;
}

describe("two openers with locks", () => {
  test("the second is told that the storage is held, and may have it once the first is closed", async () => {
    const name = freshName();
    const first = open(name);
    await first.write([put("a/1", 1)]);
    const second = open(name, { lockTimeout: 0 });
    await expect(second.read("a/1")).rejects.toThrow(code("storage-locked"));
    await expect(second.write([put("a/1", 2)])).rejects.toThrow(code("storage-locked"));
    await expect(open(name, { lockTimeout: 1 }).list("a")).rejects.toThrow(code("storage-locked"));
    await second.close();
    expect(await first.read("a/1")).toEqual(Uint8Array.of(1));
    await first.close();
    expect(await open(name, { lockTimeout: 0 }).read("a/1")).toEqual(Uint8Array.of(1));
  });

  test("the second waits a moment for the first to end", async () => {
    const name = freshName();
    const first = open(name);
    await first.write([put("a/1", 1)]);
    const second = open(name, { lockTimeout: 60_000 });
    const read = second.read("a/1");
    await first.write([put("a/1", 2)]);
    await first.close();
    expect(await read).toEqual(Uint8Array.of(2));
  });

  test("storages of other names are nobody's business", async () => {
    const [one, two] = [open(freshName()), open(freshName())];
    await one.write([put("a/1", 1)]);
    expect(await two.read("a/1")).toBe(undefined);
  });

  test("whoever loses the lock by force stops", async () => {
    const name = freshName();
    const storage = open(name);
    await storage.write([put("a/1", 1)]);
    await navigator.locks.request(`readback:${name}`, { steal: true }, async () => {
      await vi.waitFor(() => expect(storage.read("a/1")).rejects.toThrow(code("storage-locked")));
      await expect(storage.write([put("a/1", 2)])).rejects.toThrow(code("storage-locked"));
    });
    expect(await open(name).read("a/1")).toEqual(Uint8Array.of(1));
  });
});

describe("two openers without locks", () => {
  test("are kept apart by what they expect: one of them wins each round, and only its changes are there", async () => {
    const name = freshName();
    const writers = [open(name, { locks: null }), open(name, { locks: null })] as const;
    await writers[0].write([put("fence", 0)]);
    const wins = [0, 0];
    for (let round = 0; round < 40; round++) {
      const expected = [{ key: "fence", value: Uint8Array.of(round) }];
      // Who asks first takes turns, or the same one would win for ever.
      const order = round % 2 === 0 ? [0, 1] : [1, 0];
      const outcomes = await Promise.allSettled(
        order.map((writer) =>
          writers[writer as 0 | 1].write([put("fence", round + 1), put(`won/${round}/${writer}`)], expected),
        ),
      );
      const winners = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [order[index]] : []));
      expect(winners.length).toBe(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") expect(outcome.reason).toEqual(code("storage-conflict"));
      }
      const winner = winners[0] as 0 | 1;
      wins[winner] = (wins[winner] ?? 0) + 1;
      const found = await writers[winner === 0 ? 1 : 0].list(`won/${round}`);
      expect(found.map(({ key }) => key)).toEqual([`won/${round}/${winner}`]);
    }
    expect(Math.min(...wins)).toBeGreaterThan(0);
  });

  test("see each other's writes", async () => {
    const name = freshName();
    const [one, two] = [open(name, { locks: null }), open(name, { locks: null })];
    await one.write([put("a/1", 1)]);
    expect(await two.read("a/1")).toEqual(Uint8Array.of(1));
    await two.write([{ removeAll: "a" }], [{ key: "a/1", value: Uint8Array.of(1) }]);
    expect(await one.list("a")).toEqual([]);
  });
});

describe("changes of the database from outside", () => {
  test("its deletion is let through, and told from then on", async () => {
    const name = freshName();
    const storage = open(name);
    const write = storage.write([put("a/1", 1)]);
    await write;
    await deleteDB(name, { blocked: () => expect.unreachable("the deletion was blocked") });
    await expect(storage.read("a/1")).rejects.toThrow(code("storage-locked"));
    await expect(storage.write([put("a/1", 2)])).rejects.toThrow(code("storage-locked"));
    await storage.close();
    await expect(storage.read("a/1")).rejects.toThrow(code("closed"));
    expect(await open(name).list("a")).toEqual([]);
  });

  test("a newer version is let through, and an older package refuses what it left", async () => {
    const name = freshName();
    const storage = open(name);
    await storage.write([put("a/1", 1)]);
    const newer = await openDB(name, 2, { blocked: () => expect.unreachable("the upgrade was blocked") });
    newer.close();
    await expect(storage.read("a/1")).rejects.toThrow(code("storage-locked"));
    await storage.close();
    const again = open(name);
    await expect(again.read("a/1")).rejects.toThrow(code("storage-unsupported"));
    await again.close();
  });

  test("whoever is kept waiting by an older version is told", async () => {
    const name = freshName();
    const older = await openDB(name, 1);
    await expect(openDatabase(name, 2, () => {})).rejects.toThrow(code("storage-locked"));
    older.close();
    const newest = await openDB(name, 3, { blocked: () => expect.unreachable("a connection was left open") });
    newest.close();
  });

  test("somebody else's database is refused and left as it is", async () => {
    const name = freshName();
    const other = await openDB(name, 1, { upgrade: (database) => void database.createObjectStore("mine") });
    const storage = open(name);
    await expect(storage.read("a/1")).rejects.toThrow(code("invalid-argument"));
    expect([...other.objectStoreNames]).toEqual(["mine"]);
    other.close();
    await deleteDB(name, { blocked: () => expect.unreachable("a connection was left open") });
  });

  test("a value that is not bytes is told from a missing one", async () => {
    const name = freshName();
    const database = await openDB(name, 1, {
      upgrade: (created) => void created.createObjectStore("entries"),
    });
    await database.put("entries", "text", "a/1");
    database.close();
    const storage = open(name);
    await expect(storage.read("a/1")).rejects.toThrow(code("storage-damaged"));
    await expect(storage.list("a")).rejects.toThrow(code("storage-damaged"));
  });
});

describe("opening", () => {
  test("without IndexedDB every call says so, and close does nothing", async () => {
    vi.stubGlobal("indexedDB", undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    const name = freshName();
    const storage = idbStorage(name);
    await expect(storage.read("a/1")).rejects.toThrow(code("storage-unsupported"));
    await expect(storage.write([put("a/1", 1)])).rejects.toThrow(code("storage-unsupported"));
    vi.unstubAllGlobals();
    // Nor does it keep the lock from those who come later.
    expect(await open(name, { lockTimeout: 0 }).read("a/1")).toBe(undefined);
    await storage.close();
  });

  test.each(["", undefined as unknown as string])("the name %j is refused", (name) => {
    expect(() => idbStorage(name)).toThrow(code("invalid-argument"));
  });

  test("may be followed by close at once", async () => {
    const name = freshName();
    await idbStorage(name).close();
    await deleteDB(name, { blocked: () => expect.unreachable("a connection was left open") });
  });
});
