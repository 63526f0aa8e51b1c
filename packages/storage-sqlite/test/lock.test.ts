import { expect, test } from "vitest";
import { sqliteStorage } from "../src/index.ts";
import { startProcess } from "./other-process.ts";
import { scratchFile } from "./scratch.ts";

const put = { put: "a/1", value: Uint8Array.of(1) };

test("a second process is told that the file is held, before and after the first write", async () => {
  const path = scratchFile();
  const storage = sqliteStorage(path);
  const early = startProcess("hold.ts", path);
  await early.printed(1);
  expect(early.lines).toEqual(["storage-locked"]);

  await storage.write([put]);
  const late = startProcess("hold.ts", path);
  await late.printed(1);
  expect(late.lines).toEqual(["storage-locked"]);

  await storage.close();
  const next = startProcess("hold.ts", path);
  await next.printed(1);
  expect(next.lines).toEqual(["open"]);
});

test("a killed process holds nothing", async () => {
  const path = scratchFile();
  const holder = startProcess("hold.ts", path);
  await holder.printed(1);
  expect(holder.lines).toEqual(["open"]);
  expect(() => sqliteStorage(path)).toThrow(expect.objectContaining({ code: "storage-locked" }));
  await holder.kill();
  const storage = sqliteStorage(path);
  await storage.write([put]);
  await storage.close();
});

test("a second storage of the same process is told so too, and does not free the file", async () => {
  const path = scratchFile();
  const storage = sqliteStorage(path);
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(() => sqliteStorage(path)).toThrow(expect.objectContaining({ code: "storage-locked" }));
  }
  const other = startProcess("hold.ts", path);
  await other.printed(1);
  expect(other.lines).toEqual(["storage-locked"]);
  await storage.write([put]);
  await storage.close();
});
