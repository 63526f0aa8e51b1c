import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sqliteRelayStore } from "../src/sqlite.ts";

test("a new database is readable by its owner only: the key that signs logs is in it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "readback-relay-"));
  const path = join(folder, "relay.db");
  const store = sqliteRelayStore(path);
  await store.setting("log-key-seed", new Uint8Array(32));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  await store.close();
  rmSync(folder, { recursive: true });
});
