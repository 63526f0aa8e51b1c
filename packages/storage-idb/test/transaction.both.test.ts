import { expect, onTestFinished, test, vi } from "vitest";
import { idbStorage } from "../src/index.ts";
import { freshName } from "./indexed-db.ts";

const value = Uint8Array.of(1);

/** Calls `onOpen` with each transaction that is opened from here to the end of the test. */
function watchTransactions(onOpen: (transaction: IDBTransaction) => void): void {
  const original = IDBDatabase.prototype.transaction;
  const spy = vi.spyOn(IDBDatabase.prototype, "transaction");
  spy.mockImplementation(function (this: IDBDatabase, ...given) {
    const transaction = original.apply(this, given);
    onOpen(transaction);
    return transaction;
  });
  onTestFinished(() => spy.mockRestore());
}

test("a write is one strict transaction, expectations included", async () => {
  const storage = idbStorage(freshName());
  await storage.write([]);
  const opened: IDBTransaction[] = [];
  watchTransactions((transaction) => opened.push(transaction));
  const expectations = [{ key: "a/0", value: undefined }];
  await storage.write([{ put: "a/1", value }, { remove: "a/2" }, { removeAll: "b" }], expectations);
  expect(opened.map(({ mode, durability }) => [mode, durability])).toEqual([["readwrite", "strict"]]);
  await storage.list("a", { descending: true, limit: 10 });
  expect(opened.map(({ mode }) => mode)).toEqual(["readwrite", "readonly"]);
  await storage.close();
});

test("a write that fails half-way changes nothing and says why", async () => {
  const storage = idbStorage(freshName());
  await storage.write([{ put: "a/1", value }]);
  const original = IDBObjectStore.prototype.put;
  const spy = vi.spyOn(IDBObjectStore.prototype, "put");
  onTestFinished(() => spy.mockRestore());
  spy.mockImplementation(function (this: IDBObjectStore, ...given) {
    if (given[1] === "a/3") throw new DOMException("It fails.", "UnknownError");
    return original.apply(this, given);
  });
  const failing = storage.write([{ put: "a/2", value }, { removeAll: "a" }, { put: "a/3", value }]);
  await expect(failing).rejects.toMatchObject({ code: "storage-failed", cause: { name: "UnknownError" } });
  expect((await storage.list("a")).map(({ key }) => key)).toEqual(["a/1"]);
  await storage.write([{ put: "a/4", value }]);
  expect((await storage.list("a")).map(({ key }) => key)).toEqual(["a/1", "a/4"]);
  await storage.close();
});

test("a transaction that the browser aborts rejects its write", async () => {
  const storage = idbStorage(freshName());
  await storage.write([{ put: "a/1", value }]);
  watchTransactions((transaction) => {
    if (transaction.mode === "readwrite") queueMicrotask(() => transaction.abort());
  });
  const write = storage.write([{ put: "a/1", value: Uint8Array.of(2) }], [{ key: "a/1", value }]);
  await expect(write).rejects.toMatchObject({ code: "storage-failed", cause: { name: "AbortError" } });
  expect(await storage.read("a/1")).toEqual(value);
  await storage.close();
});
