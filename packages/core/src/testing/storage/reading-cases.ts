import type { ListOptions } from "../../port/index.ts";
import { check, checkRejects, checkSame } from "../check.ts";
import { ascii, numbered, type StorageCase, storageCase } from "./storage-case.ts";

const longestKey = `${"k".repeat(127)}/${"0".repeat(128)}`;
const badKeys = ["", "/", "a/", "/a", "a//b", "A", "a b", "a\0", "ä", "a\\b", "a/*", "a%", `${longestKey}0`];

/** Cases of `read` and `list`. */
export const readingCases: readonly StorageCase[] = [
  storageCase("reads what was put, and undefined where nothing was", async (storage) => {
    await storage.write([{ put: "a/b", value: ascii("one") }]);
    checkSame(await storage.read("a/b"), ascii("one"), "the value");
    checkSame(await storage.read("a"), undefined, "a prefix of a key");
    checkSame(await storage.read("a/b/c"), undefined, "a key below a key");
  }),

  storageCase("matches a prefix by whole parts: a/b is no prefix of a/bc", async (storage) => {
    const keys = [
      "a",
      "a/b",
      "a/b-",
      "a/b/0",
      "a/b/c",
      "a/b/c/d",
      "a/b/z",
      "a/b0",
      "a/bc",
      "a/bc/d",
      "b/b/c",
    ];
    await storage.write(keys.map((put) => ({ put, value: ascii(put) })));
    const found = async (prefix: string): Promise<string[]> =>
      (await storage.list(prefix)).map(({ key }) => key);
    checkSame(await found("a/b"), ["a/b/0", "a/b/c", "a/b/c/d", "a/b/z"], "keys below a/b");
    checkSame(await found("a/b/c"), ["a/b/c/d"], "keys below a/b/c");
    checkSame(await found("a/bc"), ["a/bc/d"], "keys below a/bc");
    checkSame(await found("b/b/c"), [], "keys below a key without any");
    checkSame(await found("c"), [], "keys below nothing");
  }),

  storageCase("lists in the order of bytes, whatever the order of putting", async (storage) => {
    const ascending = [
      "l/-",
      "l/.",
      "l/0",
      "l/00",
      "l/9",
      "l/_",
      "l/a",
      "l/a-",
      "l/a/0",
      "l/a0",
      "l/aa",
      "l/z",
    ];
    for (const index of [7, 0, 3, 11, 9, 1, 10, 4, 2, 8, 6, 5]) {
      const key = ascending[index] as string;
      await storage.write([{ put: key, value: ascii(key) }]);
    }
    const up = await storage.list("l");
    checkSame(
      up.map(({ key }) => key),
      ascending,
      "ascending keys",
    );
    checkSame(
      up.map(({ value }) => value),
      ascending.map(ascii),
      "their values",
    );
    checkSame(await storage.list("l", { descending: true }), up.toReversed(), "the descending list");
  }),

  storageCase("pages with after and limit, in both directions", async (storage) => {
    const keys = numbered("p", 10);
    await storage.write(["o/1", ...keys, "p0", "q/1"].map((put) => ({ put, value: ascii(put) })));
    const page = async (options: ListOptions): Promise<string> =>
      (await storage.list("p", options)).map(({ key }) => Number(key.slice(2))).join(" ");
    checkSame(await page({ limit: 3 }), "0 1 2", "the first page");
    checkSame(await page({ limit: 3, after: keys[2] as string }), "3 4 5", "the page after 2");
    checkSame(await page({ limit: 3, after: keys[8] as string }), "9", "the page after 8");
    checkSame(await page({ after: keys[9] as string }), "", "the page after the last");
    checkSame(await page({ descending: true, limit: 3 }), "9 8 7", "the last page");
    checkSame(await page({ descending: true, limit: 3, after: keys[7] as string }), "6 5 4", "before 7");
    checkSame(await page({ descending: true, limit: 3, after: keys[1] as string }), "0", "before 1");
    checkSame(await page({ descending: true, after: keys[0] as string }), "", "before the first");
    checkSame(await page({ limit: 10 }), "0 1 2 3 4 5 6 7 8 9", "a limit of just as many");
    checkSame(await page({ descending: true, limit: 10 }), "9 8 7 6 5 4 3 2 1 0", "the same, descending");
    checkSame(await page({ limit: 1_000_000, descending: true }), "9 8 7 6 5 4 3 2 1 0", "a limit over all");
    checkSame(await page({ limit: 0 }), "", "a limit of none");
    checkSame(await page({ after: "p/00002.5", limit: 1 }), "3", "after a key that is not stored");
    checkSame(await page({ after: "p/00002.5", limit: 1, descending: true }), "2", "the same, descending");
  }),

  storageCase("takes an after from outside the prefix for what it is", async (storage) => {
    await storage.write(["m/1", "m/2"].map((put) => ({ put, value: ascii(put) })));
    const count = async (options: ListOptions): Promise<number> => (await storage.list("m", options)).length;
    checkSame(await count({ after: "a/1" }), 2, "entries after a key before the prefix");
    checkSame(await count({ after: "z/1" }), 0, "entries after a key behind the prefix");
    checkSame(await count({ after: "m" }), 2, "entries after the prefix itself");
    checkSame(await count({ after: "z/1", descending: true }), 2, "entries before a key behind the prefix");
    checkSame(await count({ after: "a/1", descending: true }), 0, "entries before a key before the prefix");
    checkSame(await count({ after: "m", descending: true }), 0, "entries before the prefix itself");
  }),

  storageCase("copies values in and out", async (storage) => {
    const shared = ascii("-one-");
    const mine = shared.subarray(1, 4);
    const written = storage.write([{ put: "c/1", value: mine }]);
    mine.fill(0);
    await written;
    const first = await storage.read("c/1");
    checkSame(first, ascii("one"), "the value after the caller changed its bytes");
    first?.fill(0);
    checkSame(await storage.read("c/1"), ascii("one"), "the value after a reader changed its bytes");
    const listed = (await storage.list("c"))[0]?.value;
    checkSame(listed, ascii("one"), "the listed value");
    listed?.fill(0);
    checkSame(await storage.read("c/1"), ascii("one"), "the value after a lister changed its bytes");
    checkSame(listed?.buffer.byteLength, 3, "bytes of the buffer that is handed out");
  }),

  storageCase("refuses keys, prefixes and limits outside their grammar", async (storage) => {
    await storage.write([{ put: "a/b", value: ascii("kept") }]);
    for (const key of badKeys) {
      const name = JSON.stringify(key.slice(0, 20));
      const value = ascii("bad");
      await checkRejects(storage.read(key), "invalid-argument", `read ${name}`);
      await checkRejects(storage.list(key), "invalid-argument", `list ${name}`);
      await checkRejects(storage.list("a", { after: key }), "invalid-argument", `list after ${name}`);
      await checkRejects(storage.write([{ put: key, value }]), "invalid-argument", `put ${name}`);
      await checkRejects(storage.write([{ remove: key }]), "invalid-argument", `remove ${name}`);
      await checkRejects(storage.write([{ removeAll: key }]), "invalid-argument", `removeAll ${name}`);
      await checkRejects(storage.write([], [{ key, value }]), "invalid-argument", `expect ${name}`);
    }
    for (const limit of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      await checkRejects(storage.list("a", { limit }), "invalid-argument", `a limit of ${limit}`);
    checkSame(await storage.read("a/b"), ascii("kept"), "the value");
  }),

  storageCase("holds a key of 256 characters", async (storage) => {
    await storage.write([{ put: longestKey, value: ascii("long") }]);
    checkSame(await storage.read(longestKey), ascii("long"), "the value");
    checkSame((await storage.list("k".repeat(127))).length, 1, "entries below its first part");
  }),

  storageCase(
    "answers a read with every write asked for before it, and none asked for after",
    async (storage) => {
      const writes = [];
      const answers = [];
      for (let count = 0; count < 20; count++) {
        writes.push(storage.write([{ put: "r/1", value: Uint8Array.of(count) }]));
        answers.push(storage.read("r/1").then((value) => value?.[0]));
        answers.push(storage.list("r").then((entries) => entries[0]?.value[0]));
      }
      const expected = Array.from({ length: 40 }, (_, index) => index >> 1);
      const [found] = await Promise.all([Promise.all(answers), Promise.all(writes)]);
      checkSame(found, expected, "the values read");
    },
  ),

  storageCase("keeps 10,000 entries apart and in order", async (storage) => {
    const keys = numbered("many", 10_000);
    for (let from = 0; from < keys.length; from += 1000) {
      const changes = keys.slice(from, from + 1000).map((put) => ({ put, value: ascii(put) }));
      await storage.write(changes);
    }
    const all = await storage.list("many");
    checkSame(all.length, keys.length, "entries");
    check(
      all.every(({ key, value }, index) => key === keys[index] && value.length === key.length),
      "every key once, in order, with its value",
    );
    const last = await storage.list("many", { descending: true, limit: 2, after: keys[9_000] as string });
    checkSame(
      last.map(({ key }) => key),
      [keys[8_999], keys[8_998]],
      "a page from the middle",
    );
    await storage.write([{ removeAll: "many" }]);
    checkSame(await storage.list("many"), [], "entries after removing all");
  }),
];
