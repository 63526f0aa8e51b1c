import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { relayStoreCases } from "@readback/relay/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { RelayStore } from "../src/relay-store.ts";
import { checkVersion, openDatabase } from "../src/sqlite/open-database.ts";
import { appendTo, bytesOf, conversation } from "../src/testing/relay-store-case.ts";

const folder = mkdtempSync(join(tmpdir(), "readback-relay-"));
let files = 0;
const freshPath = (): string => join(folder, `${files++}.db`);
afterAll(() => rmSync(folder, { recursive: true }));

/** What Ada's organisation has brought to a store, as the next decision sees it. */
function broughtTo(store: RelayStore): Promise<number> {
  const device = "ada@a.example/phone";
  const submission = { conversation, device, epoch: 0n, payloadHash: bytesOf(0), recipients: [] };
  return store.append(submission, ({ brought }) => ({ answer: brought }));
}

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

  test("counts what an organisation has brought to within a mebibyte where its process ends without closing", async () => {
    const [path, copy] = [freshPath(), freshPath()];
    const store = sqliteRelayStore(path);
    for (let payload = 1; payload <= 5; payload++)
      await appendTo(store, { payload, size: 600_000, added: payload === 1 ? ["ada@a.example/phone"] : [] });
    // What the disk has is what another process would find.
    for (const end of ["", "-wal"]) copyFileSync(path + end, copy + end);
    const found = sqliteRelayStore(copy);
    expect(await broughtTo(store)).toBe(3_000_000);
    expect(await broughtTo(found)).toBe(2_400_000);
    await found.close();
    await store.close();
    const again = sqliteRelayStore(path);
    expect(await broughtTo(again)).toBe(3_000_000);
    await again.close();
  });

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
