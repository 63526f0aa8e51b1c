import type { Change } from "../../port/index.ts";
import { check, checkRejects, checkSame } from "../check.ts";
import { ascii, contents, numbered, type StorageCase, storageCase } from "./storage-case.ts";

const put = (key: string, text: string): Change => ({ put: key, value: ascii(text) });

/** Cases of `write`: changes and expectations. */
export const writingCases: readonly StorageCase[] = [
  storageCase("applies the changes of a write in the order given", async (storage) => {
    await storage.write([put("a/1", "one"), put("a/1", "two")]);
    checkSame(await contents(storage, "a"), "a/1=two", "put, then put");
    await storage.write([put("a/1", "three"), { remove: "a/1" }]);
    checkSame(await contents(storage, "a"), "", "put, then remove");
    await storage.write([{ remove: "a/1" }, put("a/1", "four")]);
    checkSame(await contents(storage, "a"), "a/1=four", "remove, then put");
    await storage.write([{ removeAll: "a" }, put("a/2", "five")]);
    checkSame(await contents(storage, "a"), "a/2=five", "removeAll, then put");
    await storage.write([put("a/3", "six"), { removeAll: "a" }]);
    checkSame(await contents(storage, "a"), "", "put, then removeAll");
  }),

  storageCase("removes one key, and with removeAll whole parts only", async (storage) => {
    const keys = ["a", "a/b", "a/b-", "a/b/1", "a/b/1/2", "a/b0", "a/bc", "a/bc/1"];
    await storage.write(keys.map((key) => put(key, "x")));
    await storage.write([{ remove: "a/b/1" }, { remove: "a/none" }]);
    checkSame(await contents(storage, "a/b"), "a/b/1/2=x", "keys below a/b after remove");
    await storage.write([{ removeAll: "a/b" }, { removeAll: "none" }]);
    checkSame(await contents(storage, "a"), "a/b=x a/b-=x a/b0=x a/bc=x a/bc/1=x", "after removeAll");
    checkSame(await storage.read("a"), ascii("x"), "the key that is the prefix's parent");
  }),

  storageCase("changes nothing if one change of a write is invalid", async (storage) => {
    await storage.write([put("a/1", "old"), put("a/2", "old")]);
    const bad = [
      { put: "a/3" },
      { put: "a/3", value: "text" },
      { put: "a/3", value: [1, 2] },
      { put: "a/3", value: ascii("x"), remove: "a/1" },
      { remove: "A" },
      {},
      null,
    ] as unknown as Change[];
    for (const change of bad) {
      const changes = [put("a/1", "new"), { remove: "a/2" } as const, { removeAll: "a" } as const, change];
      await checkRejects(storage.write(changes), "invalid-argument", JSON.stringify(change));
      checkSame(await contents(storage, "a"), "a/1=old a/2=old", "entries");
    }
  }),

  storageCase("writes only if every expectation holds", async (storage) => {
    await storage.write([put("e/1", "one"), put("e/0", "")]);
    const holding = [
      { key: "e/1", value: ascii("one") },
      { key: "e/0", value: new Uint8Array() },
      { key: "e/2", value: undefined },
    ];
    const failing = [
      { key: "e/1", value: ascii("two") },
      { key: "e/1", value: ascii("on") },
      { key: "e/1", value: ascii("onE") },
      { key: "e/1", value: undefined },
      { key: "e/0", value: undefined },
      { key: "e/2", value: new Uint8Array() },
      { key: "e", value: new Uint8Array() },
    ];
    for (const expectation of failing) {
      const write = storage.write([{ removeAll: "e" }, put("e/9", "new")], [...holding, expectation]);
      await checkRejects(write, "storage-conflict", "a write whose last expectation does not hold");
      checkSame(await contents(storage, "e"), "e/0= e/1=one", "entries");
    }
    await storage.write([put("e/1", "two")], holding);
    checkSame(await contents(storage, "e"), "e/0= e/1=two", "entries after a write that was allowed");
    await checkRejects(storage.write([], holding), "storage-conflict", "expectations without a change");
  }),

  storageCase("copies expectations in", async (storage) => {
    await storage.write([put("e/1", "one")]);
    const value = ascii("one");
    const write = storage.write([put("e/1", "two")], [{ key: "e/1", value }]);
    value.fill(0);
    await write;
    checkSame(await contents(storage, "e"), "e/1=two", "entries");
  }),

  storageCase("lets one of many fenced writers win each round", async (storage) => {
    await storage.write([put("fence", "0")]);
    for (let round = 0; round < 5; round++) {
      const expect = [{ key: "fence", value: ascii(String(round)) }];
      const attempts = numbered(`w/${round}`, 8).map((key) =>
        storage.write([put("fence", String(round + 1)), put(key, "won")], expect),
      );
      const outcomes = await Promise.allSettled(attempts);
      checkSame(outcomes.map(({ status }) => status === "fulfilled").indexOf(true), 0, "the first winner");
      checkSame(outcomes.filter(({ status }) => status === "fulfilled").length, 1, "winners");
      checkSame((await storage.list(`w/${round}`)).length, 1, "entries of winners");
    }
  }),

  storageCase("applies writes that are asked for at once in the order asked", async (storage) => {
    const order: number[] = [];
    const writes = numbered("w", 200).map((key, index) =>
      storage.write([put("last", String(index)), put(key, String(index))]).then(() => order.push(index)),
    );
    await Promise.all(writes);
    checkSame(await storage.read("last"), ascii("199"), "the value of the last write");
    checkSame((await storage.list("w")).length, 200, "entries");
    checkSame(
      order,
      Array.from({ length: 200 }, (_, index) => index),
      "the order in which the writes resolved",
    );
  }),

  storageCase("keeps a refused write apart from its neighbours", async (storage) => {
    const conflict = [{ key: "none", value: ascii("x") }];
    const writes = Array.from({ length: 30 }, (_, index) =>
      storage.write([put("n/last", `${index}`), put(`n/${index}`, "x")], index % 3 === 1 ? conflict : []),
    );
    const outcomes = await Promise.allSettled(writes);
    const refused = outcomes.flatMap(({ status }, index) => (status === "rejected" ? [index] : []));
    checkSame(refused, [1, 4, 7, 10, 13, 16, 19, 22, 25, 28], "refused writes");
    checkSame((await storage.list("n")).length, 21, "entries");
    checkSame(await storage.read("n/last"), ascii("29"), "the value of the last write");
  }),

  storageCase("holds an empty value, and one of 1 MiB", async (storage, reopen) => {
    const large = new Uint8Array(1 << 20).map((_, index) => index * 31 + (index >> 8));
    await storage.write([
      { put: "v/empty", value: new Uint8Array() },
      { put: "v/large", value: large },
    ]);
    const checkValues = (values: (Uint8Array | undefined)[]): void => {
      checkSame(values[0], new Uint8Array(), "the empty value");
      checkSame(values[1]?.length, large.length, "bytes of the large value");
      check(values[1]?.every((byte, index) => byte === large[index]) === true, "the same large value");
    };
    checkValues([await storage.read("v/empty"), await storage.read("v/large")]);
    checkValues((await storage.list("v")).map(({ value }) => value));
    await storage.write([put("v/small", "x")], [{ key: "v/large", value: large }]);
    const again = await reopen();
    checkValues([await again.read("v/empty"), await again.read("v/large")]);
  }),

  storageCase("takes hundreds of changes in one write", async (storage) => {
    const keys = numbered("h", 900);
    await storage.write(keys.map((key) => put(key, "old")));
    const changes = keys.map((key, index) => (index % 3 === 0 ? { remove: key } : put(key, `${index}`)));
    await storage.write(
      changes,
      keys.map((key) => ({ key, value: ascii("old") })),
    );
    const entries = await storage.list("h");
    checkSame(entries.length, 600, "entries");
    checkSame(entries[599], { key: keys[899], value: ascii("899") }, "the last entry");
  }),

  storageCase("takes a write of nothing", async (storage) => {
    await storage.write([]);
    await storage.write([], []);
    await storage.write([], [{ key: "a/1", value: undefined }]);
    checkSame(await storage.list("a"), [], "entries");
  }),
];
