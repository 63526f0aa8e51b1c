import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test, vi } from "vitest";
import { checkSqliteVersion } from "../src/database.ts";
import { sqliteStorage } from "../src/index.ts";
import { scratchFile } from "./scratch.ts";

const code = (expected: string) => expect.objectContaining({ name: "ReadbackError", code: expected });

async function filledFile(): Promise<string> {
  const path = scratchFile();
  const storage = sqliteStorage(path);
  const changes = Array.from({ length: 400 }, (_, index) => ({
    put: `a/${String(index).padStart(4, "0")}`,
    value: new Uint8Array(300).fill(index % 256),
  }));
  await storage.write(changes);
  await storage.close();
  return path;
}

describe("damage", () => {
  test("a file whose beginning was overwritten is refused", async () => {
    const path = await filledFile();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, 0, 100));
    expect(() => sqliteStorage(path)).toThrow(code("storage-damaged"));
  });

  test("a file that is something else is refused and left as it is", () => {
    const path = scratchFile();
    writeFileSync(path, "Dear diary, ".repeat(1000));
    expect(() => sqliteStorage(path)).toThrow(code("storage-damaged"));
    expect(readFileSync(path, "utf8")).toBe("Dear diary, ".repeat(1000));
  });

  test("a file that was cut off is refused", async () => {
    const path = await filledFile();
    truncateSync(path, 10_000);
    expect(() => sqliteStorage(path)).toThrow(code("storage-damaged"));
  });

  test("pages that were overwritten are found when they are read or written", async () => {
    const path = await filledFile();
    writeFileSync(path, readFileSync(path).fill(0xa5, 4096));
    const storage = sqliteStorage(path);
    await expect(storage.list("a")).rejects.toThrow(code("storage-damaged"));
    await expect(storage.read("a/0200")).rejects.toThrow(code("storage-damaged"));
    const write = storage.write([{ put: "a/0200", value: new Uint8Array(500) }]);
    await expect(write).rejects.toThrow(code("storage-damaged"));
    await storage.close();
  });
});

describe("refusals", () => {
  test("another application's database is not touched", () => {
    const path = scratchFile();
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
    other.close();
    expect(() => sqliteStorage(path)).toThrow(code("invalid-argument"));
    const again = new DatabaseSync(path);
    expect(again.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "mine" }]);
    again.close();
  });

  test("a file of a newer format is refused", async () => {
    const path = await filledFile();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 2");
    database.close();
    expect(() => sqliteStorage(path)).toThrow(code("storage-unsupported"));
  });

  test.each(["3.7.17", "3.40.1", "3.50.4", "3.51.2", "2.99.99", ""])("SQLite %s is refused", (version) => {
    expect(() => checkSqliteVersion(version)).toThrow(code("storage-unsupported"));
  });

  test.each(["3.51.3", "3.53.4", "3.100.0", "4.0.0"])("SQLite %s is taken", (version) => {
    expect(() => checkSqliteVersion(version)).not.toThrow();
  });

  test.each(["", ":memory:", "a\0b", undefined as unknown as string])("the path %j is refused", (path) => {
    expect(() => sqliteStorage(path)).toThrow(code("invalid-argument"));
  });

  test("a folder that does not exist, and a path that is a folder, are refused with the cause", () => {
    const path = scratchFile();
    for (const bad of [join(path, "no", "store.db"), dirname(path)]) {
      expect(() => sqliteStorage(bad)).toThrow(code("storage-failed"));
    }
    try {
      sqliteStorage(join(path, "no", "store.db"));
    } catch (error) {
      expect((error as Error).cause).toMatchObject({ code: "ENOENT" });
    }
  });
});

describe("the file", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("and its log are readable by their owner only", async () => {
    const path = scratchFile();
    const storage = sqliteStorage(path);
    await storage.write([{ put: "a", value: Uint8Array.of(1) }]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    await storage.close();
  });

  test("keeps nothing that was removed or replaced, a second later", async () => {
    vi.useFakeTimers();
    const path = scratchFile();
    const storage = sqliteStorage(path);
    const secret = (name: string, times: number) => Buffer.from(`canary-${name}-`.repeat(times));
    const names = ["removed", "all", "replaced", "large"];
    await storage.write([
      { put: "a/1", value: secret("removed", 10) },
      { put: "b/1", value: secret("all", 10) },
      { put: "c", value: secret("replaced", 20) },
      { put: "d", value: secret("large", 2000) },
      { put: "e", value: secret("kept", 10) },
    ]);
    await storage.write([
      { remove: "a/1" },
      { removeAll: "b" },
      { put: "c", value: Uint8Array.of(1) },
      { put: "d", value: new Uint8Array(9000) },
    ]);
    const found = (name: string): boolean =>
      [path, `${path}-wal`].some((file) => readFileSync(file).includes(`canary-${name}`));
    expect(names.filter(found)).toEqual(names);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(999);
    expect(names.filter(found)).toEqual(names);
    vi.advanceTimersByTime(1);
    expect(names.filter(found)).toEqual([]);
    expect(found("kept")).toBe(true);

    await storage.write([{ remove: "e" }]);
    expect(found("kept")).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(found("kept")).toBe(false);
    await storage.close();
  });

  test("keeps nothing that was removed right before close", async () => {
    const path = scratchFile();
    const storage = sqliteStorage(path);
    await storage.write([{ put: "a", value: Buffer.from("canary") }]);
    await storage.write([{ remove: "a" }]);
    await storage.close();
    expect(readFileSync(path).includes("canary")).toBe(false);
  });

  test("takes writes of one tick in one transaction", async () => {
    const path = scratchFile();
    const storage = sqliteStorage(path);
    const write = (value: number) => storage.write([{ put: "a", value: Uint8Array.of(value) }]);
    await Promise.all(Array.from({ length: 100 }, (_, index) => write(index)));
    const together = statSync(`${path}-wal`).size;
    for (let index = 0; index < 10; index++) await write(index);
    const apart = statSync(`${path}-wal`).size - together;
    expect(together).toBeLessThan(apart);
    await storage.close();
  });
});
