import { storageCases } from "@readback/core/testing";
import { describe, test } from "vitest";
import { sqliteStorage } from "../src/index.ts";
import { scratchFile } from "./scratch.ts";

describe("sqliteStorage", () => {
  test.each(storageCases)("$name", ({ run }) =>
    run(async () => {
      const path = scratchFile();
      let storage = sqliteStorage(path);
      return {
        storage,
        async reopen() {
          await storage.close();
          storage = sqliteStorage(path);
          return storage;
        },
      };
    }),
  );
});
