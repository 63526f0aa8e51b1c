import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { relayStoreCases } from "@readback/relay/testing";
import { afterAll, describe, expect, test } from "vitest";
import { checkVersion, openDatabase } from "../src/sqlite/open-database.ts";

const folder = mkdtempSync(join(tmpdir(), "readback-relay-"));
let files = 0;
const freshPath = (): string => join(folder, `${files++}.db`);
afterAll(() => rmSync(folder, { recursive: true }));

describe("sqliteRelayStore", () => {
  for (const { name, run } of relayStoreCases) {
    test(name, () =>
      run(async () => {
        const path = freshPath();
        const store = sqliteRelayStore(path);
        let open = store;
        const reopen = async () => {
          await open.close();
          open = sqliteRelayStore(path);
          return open;
        };
        return { store, reopen };
      }),
    );
  }

  test("refuses a file that another process holds", async () => {
    const path = freshPath();
    const store = sqliteRelayStore(path);
    const other = `
      import { sqliteRelayStore } from "@readback/relay/sqlite";
      try { sqliteRelayStore(${JSON.stringify(path)}); } catch (error) { process.stdout.write(error.code); }`;
    const run = () =>
      execFileSync(
        process.execPath,
        ["--conditions=@readback/source", "--no-warnings", "--input-type=module", "--eval", other],
        { cwd: import.meta.dirname, encoding: "utf8" },
      );
    expect(run()).toBe("storage-locked");
    expect(() => sqliteRelayStore(path)).toThrow(expect.objectContaining({ code: "storage-locked" }));
    await store.close();
    expect(run()).toBe("");
  });

  test("refuses a file that is no database", () => {
    const path = freshPath();
    writeFileSync(path, "not a database, but long enough to be looked at as one".repeat(50));
    expect(() => sqliteRelayStore(path)).toThrow(expect.objectContaining({ code: "storage-damaged" }));
  });

  test("refuses a folder that does not exist", () => {
    const path = join(folder, "no", "such", "folder");
    expect(() => sqliteRelayStore(path)).toThrow(expect.objectContaining({ code: "storage-failed" }));
  });

  test.each(["3.51.2", "3.50.9", "2.99.9", "3.7.17"])("refuses SQLite %s", (version) => {
    expect(() => checkVersion(version)).toThrow(expect.objectContaining({ code: "storage-unsupported" }));
  });

  test("touches no file with an SQLite that is too old", async () => {
    const path = freshPath();
    const store = sqliteRelayStore(path);
    await store.setting("kept", Uint8Array.of(1));
    await store.close();
    const before = readFileSync(path);
    expect(() => openDatabase(path, "3.51.2")).toThrow(
      expect.objectContaining({ code: "storage-unsupported" }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
    const next = sqliteRelayStore(path);
    expect(await next.setting("kept", Uint8Array.of(2))).toEqual(Uint8Array.of(1));
    await next.close();
  });

  test.each(["3.51.3", "3.51.10", "3.52.0", "4.0.0"])("accepts SQLite %s", (version) => {
    expect(() => checkVersion(version)).not.toThrow();
  });
});
