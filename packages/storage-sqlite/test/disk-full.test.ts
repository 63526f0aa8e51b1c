import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Storage } from "@readback/core/storage";
import { afterAll, expect, test } from "vitest";
import { openSqliteStorage, sqliteStorage } from "../src/sqlite-storage.ts";
import { scratchFile } from "./scratch.ts";

const block = new Uint8Array(20_000).fill(7);

/** Fills the storage until a write is refused, and checks that this one changed nothing. Returns what `state` is. */
async function fill(storage: Storage): Promise<Uint8Array> {
  await storage.write([{ put: "state", value: Uint8Array.of(0) }]);
  let count = 0;
  let refused: unknown;
  while (refused === undefined) {
    expect(count).toBeLessThan(200);
    const key = `block/${String(count).padStart(3, "0")}`;
    const puts = [key, `${key}/more`].map((put) => ({ put, value: block }));
    try {
      await storage.write([{ put: "state", value: Uint8Array.of(count + 1) }, ...puts]);
      count += 1;
    } catch (error) {
      refused = error;
    }
  }
  expect(refused).toMatchObject({ name: "ReadbackError", code: "storage-full" });
  expect(count).toBeGreaterThan(2);
  expect(await storage.read("state")).toEqual(Uint8Array.of(count));
  const entries = await storage.list("block");
  expect(entries.length).toBe(2 * count);
  expect(entries.every(({ value }) => value.length === block.length)).toBe(true);
  return Uint8Array.of(count);
}

test("refuses a write over the limit of a file, keeps the rest and takes what fits", async () => {
  const path = scratchFile();
  const storage = openSqliteStorage(path, 100);
  await fill(storage);
  const large = storage.write([{ put: "block/large", value: new Uint8Array(10 * block.length) }]);
  const small = storage.write([{ put: "state", value: Uint8Array.of(255) }]);
  await expect(large).rejects.toMatchObject({ code: "storage-full" });
  await small;
  await storage.write([{ removeAll: "block" }]);
  await storage.write([{ put: "block/again", value: block }]);
  await storage.close();
  const again = openSqliteStorage(path, 100);
  expect((await again.list("block")).map(({ key }) => key)).toEqual(["block/again"]);
  expect(await again.read("state")).toEqual(Uint8Array.of(255));
  await again.close();
});

test("a file with no room for its first page is refused with storage-full", () => {
  expect(() => openSqliteStorage(scratchFile(), 1)).toThrow(
    expect.objectContaining({ code: "storage-full" }),
  );
});

// A file system that is really full needs one to fill, and the right to mount it.
const smallDisk = mountSmallDisk();
if (smallDisk !== undefined) {
  afterAll(() => {
    execFileSync("umount", [smallDisk]);
    rmdirSync(smallDisk);
  });

  test("refuses a write on a full disk, keeps the rest and goes on once there is room", async () => {
    const ballast = join(smallDisk, "ballast");
    writeFileSync(ballast, new Uint8Array(1 << 20));
    const path = join(smallDisk, "store.db");
    const storage = sqliteStorage(path);
    const state = await fill(storage);
    await expect(storage.write([{ put: "block/one", value: block }])).rejects.toMatchObject({
      code: "storage-full",
    });
    rmSync(ballast);
    await storage.write([{ put: "block/two", value: block }]);
    await storage.close();
    const again = sqliteStorage(path);
    expect(await again.read("state")).toEqual(state);
    expect(await again.read("block/one")).toBe(undefined);
    expect(await again.read("block/two")).toEqual(block);
    await again.close();
  });
}

function mountSmallDisk(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "readback-full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], { stdio: "ignore" });
    return folder;
  } catch {
    rmdirSync(folder);
    return undefined;
  }
}
