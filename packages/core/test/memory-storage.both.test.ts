import { describe, expect, test } from "vitest";
import { memoryStorage } from "../src/memory/memory-storage.ts";
import type { MakeStorage } from "../src/testing/storage/storage-case.ts";
import { storageCases } from "../src/testing/storage-cases.ts";

const make: MakeStorage = async () => {
  let storage = memoryStorage();
  return {
    storage,
    async reopen() {
      await storage.close();
      storage = storage.reopen();
      return storage;
    },
  };
};

describe("memoryStorage", () => {
  test.each(storageCases)("$name", ({ run }) => run(make));

  test("opens the same entries after a crash, which closes the crashed handle", async () => {
    const first = memoryStorage();
    await first.write([{ put: "a/1", value: Uint8Array.of(1) }]);
    const second = first.reopen();
    await expect(first.read("a/1")).rejects.toMatchObject({ code: "closed" });
    expect(await second.read("a/1")).toEqual(Uint8Array.of(1));
  });
});
