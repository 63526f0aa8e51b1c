import { type MakeStorage, storageCases } from "@readback/core/testing";
import { deleteDB } from "idb";
import { describe, onTestFinished, test } from "vitest";
import { type IdbStorageOptions, idbStorage } from "../src/index.ts";
import { freshName } from "./indexed-db.ts";

function makeWith(options: IdbStorageOptions): MakeStorage {
  return async () => {
    const name = freshName();
    onTestFinished(() => deleteDB(name));
    let storage = idbStorage(name, options);
    return {
      storage,
      async reopen() {
        await storage.close();
        storage = idbStorage(name, options);
        return storage;
      },
    };
  };
}

describe("idbStorage", () => {
  test.each(storageCases)("$name", ({ run }) => run(makeWith({})));
});

describe("idbStorage without locks", () => {
  test.each(storageCases)("$name", ({ run }) => run(makeWith({ locks: null })));
});
