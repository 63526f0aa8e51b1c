import { check, checkRejects, checkSame } from "../check.ts";
import { ascii, contents, numbered, type StorageCase, storageCase } from "./storage-case.ts";

/** Cases of `close` and of opening again. */
export const closingCases: readonly StorageCase[] = [
  storageCase("keeps everything over close and open", async (storage, reopen) => {
    await storage.write([
      { put: "a/1", value: ascii("one") },
      { put: "a/2", value: ascii("two") },
      { put: "b", value: ascii("three") },
    ]);
    await storage.write([{ put: "a/1", value: ascii("four") }, { remove: "a/2" }]);
    const second = await reopen();
    checkSame(await contents(second, "a"), "a/1=four", "entries below a");
    checkSame(await second.read("b"), ascii("three"), "the value of b");
    await second.write([{ put: "a/3", value: ascii("five") }]);
    const third = await reopen();
    checkSame(await contents(third, "a"), "a/1=four a/3=five", "entries after opening twice");
  }),

  storageCase("rejects every call after close", async (storage) => {
    await storage.close();
    const change = { put: "a/1", value: ascii("x") };
    await checkRejects(storage.read("a/1"), "closed", "read");
    await checkRejects(storage.list("a"), "closed", "list");
    await checkRejects(storage.write([change]), "closed", "write");
    await checkRejects(storage.write([]), "closed", "a write of nothing");
  }),

  storageCase("rejects every call of the old handle after reopen", async (storage, reopen) => {
    const next = await reopen();
    await checkRejects(storage.write([{ put: "a/1", value: ascii("x") }]), "closed", "write");
    await checkRejects(storage.read("a/1"), "closed", "read");
    checkSame(await next.list("a"), [], "entries");
  }),

  storageCase("may be closed twice, also at once and while never used", async (storage, reopen) => {
    await Promise.all([storage.close(), storage.close()]);
    await storage.close();
    const again = await reopen();
    checkSame(await again.read("a/1"), undefined, "an entry of an empty storage");
  }),

  storageCase("closes only after the calls made before", async (storage, reopen) => {
    let settled = 0;
    const count = (): void => {
      settled += 1;
    };
    const calls = numbered("c", 50).flatMap((put) => [
      storage.write([{ put, value: ascii(put) }]).then(count),
      storage.read(put).then((value) => {
        checkSame(value, ascii(put), "a value read while closing");
        count();
      }),
    ]);
    calls.push(storage.write([{ put: "c/last", value: ascii("last") }]).then(count));
    const all = Promise.all(calls);
    all.catch(() => {}); // a case that fails earlier must not leave a rejection behind
    const closed = storage.close();
    await checkRejects(storage.read("c/00000"), "closed", "a read after close was called");
    await closed;
    checkSame(settled, 101, "calls that had settled when close did");
    await all;
    checkSame((await (await reopen()).list("c")).length, 51, "entries");
  }),

  storageCase("keeps what was acknowledged when the last write was refused", async (storage, reopen) => {
    await storage.write([{ put: "a/1", value: ascii("one") }]);
    const refused = storage.write([{ removeAll: "a" }], [{ key: "a/1", value: undefined }]);
    await checkRejects(refused, "storage-conflict", "a write");
    const again = await reopen();
    const entries = await again.list("a");
    check(entries.length === 1, "the entry to be there still");
    checkSame(entries[0]?.value, ascii("one"), "its value");
  }),
];
