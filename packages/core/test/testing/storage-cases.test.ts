import { expect, test } from "vitest";
import { ReadbackError } from "../../src/error.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import type { Change, Storage } from "../../src/port/index.ts";
import type { MakeStorage } from "../../src/testing/storage/storage-case.ts";
import { storageCases } from "../../src/testing/storage-cases.ts";

// Storages with one fault each: the cases are worth something only if they find every one of them.

type Fault = (inner: Storage) => Partial<Storage>;

const isPut = (change: Change): change is Extract<Change, { put: string }> => "put" in change;
const later = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

const faults: Record<string, Fault> = {
  "matches a prefix by characters": (inner) => ({
    list: async (prefix, options) => {
      const parent = /^(.*)\/[^/]*$/.exec(prefix)?.[1];
      if (parent === undefined) return inner.list(prefix, options);
      return (await inner.list(parent, options)).filter(({ key }) => key.startsWith(prefix));
    },
  }),
  "lists in no order": (inner) => ({
    list: async (prefix, options) => {
      const [first, ...others] = await inner.list(prefix, options);
      return first ? [...others, first] : [];
    },
  }),
  "ignores descending": (inner) => ({
    list: (prefix, { descending, ...options } = {}) => inner.list(prefix, options),
  }),
  "includes after": (inner) => ({
    list: async (prefix, options) => {
      const value = options?.after?.startsWith(`${prefix}/`) ? await inner.read(options.after) : undefined;
      const entries = await inner.list(prefix, options);
      return value && options?.after ? [{ key: options.after, value }, ...entries] : entries;
    },
  }),
  "counts the limit from the wrong end": (inner) => ({
    list: async (prefix, { limit, ...options } = {}) =>
      (await inner.list(prefix, options)).slice(limit === undefined ? 0 : -limit || Infinity),
  }),
  "takes a limit of none for none": (inner) => ({
    list: (prefix, { limit, ...options } = {}) => inner.list(prefix, limit ? { limit, ...options } : options),
  }),
  "keeps the caller's array": (inner) => ({
    write: async (changes, expect) => {
      await later();
      return inner.write(changes, expect);
    },
  }),
  "hands out its own array": (inner) => {
    const values = new Map<string, Uint8Array>();
    return {
      read: async (key) => {
        const value = await inner.read(key);
        const kept = values.get(key);
        if (value === undefined || kept?.length === value.length) return kept;
        values.set(key, value);
        return value;
      },
      write: async (changes, expect) => {
        values.clear();
        return inner.write(changes, expect);
      },
    };
  },
  "hands out a view of something larger": (inner) => ({
    list: async (prefix, options) =>
      (await inner.list(prefix, options)).map(({ key, value }) => {
        const padded = new Uint8Array(value.length + 8);
        padded.set(value);
        return { key, value: padded.subarray(0, value.length) };
      }),
  }),
  "writes change by change": (inner) => ({
    write: async (changes, expect) => {
      await inner.write([], expect);
      for (const change of changes) await inner.write([change]);
    },
  }),
  "puts first and removes afterwards": (inner) => ({
    write: (changes, expect) =>
      inner.write(
        changes.toSorted((a, b) => Number(isPut(b)) - Number(isPut(a))),
        expect,
      ),
  }),
  "removes first and puts afterwards": (inner) => ({
    write: (changes, expect) =>
      inner.write(
        changes.toSorted((a, b) => Number(isPut(a)) - Number(isPut(b))),
        expect,
      ),
  }),
  "removes all but by characters": (inner) => ({
    write: async (changes, expect) => {
      const all: Change[] = [];
      for (const change of changes) {
        all.push(change);
        if (!("removeAll" in change)) continue;
        const parent = /^(.*)\/[^/]*$/.exec(change.removeAll)?.[1];
        const entries = parent ? await inner.list(parent) : [];
        for (const { key } of entries) if (key.startsWith(change.removeAll)) all.push({ remove: key });
      }
      return inner.write(all, expect);
    },
  }),
  "forgets expectations": (inner) => ({ write: (changes) => inner.write(changes) }),
  "looks at the first expectation only": (inner) => ({
    write: (changes, expect) => inner.write(changes, expect?.slice(0, 1)),
  }),
  "takes an empty value for none": (inner) => ({
    write: (changes, expect) =>
      inner.write(
        changes,
        expect?.map(({ key, value }) => ({ key, value: value?.length ? value : undefined })),
      ),
  }),
  "checks expectations before the writes ahead of it": (inner) => ({
    write: async (changes, expect) => {
      await inner.write([], expect);
      await later();
      await inner.write(changes);
    },
  }),
  "resolves before it wrote": (inner) => ({
    write: async (changes, expect) => {
      await inner.write([], expect);
      queueMicrotask(() => void inner.write(changes).catch(() => {}));
    },
  }),
  overtakes: (inner) => {
    let calls = 0;
    return {
      write: async (changes, expect) => {
        const copies = structuredClone(changes);
        if (++calls % 7 === 0) await later();
        return inner.write(copies, structuredClone(expect));
      },
    };
  },
  "reads stale values": (inner) => {
    let first: Promise<Uint8Array | undefined> | undefined;
    return {
      read: (key) => {
        if (key !== "r/1") return inner.read(key);
        first ??= inner.read(key);
        return first;
      },
    };
  },
  "takes any key": (inner) => ({
    read: (key) =>
      inner.read(key).catch((error) => (error.code === "closed" ? Promise.reject(error) : undefined)),
  }),
  "rejects with errors of its own": (inner) => ({
    write: (changes, expect) =>
      inner.write(changes, expect).catch(() => Promise.reject(new Error("conflict"))),
  }),
  "rejects with another code": (inner) => ({
    write: (changes, expect) =>
      inner
        .write(changes, expect)
        .catch(({ code }) =>
          Promise.reject(new ReadbackError(code === "storage-conflict" ? "storage-failed" : code, "")),
        ),
  }),
  "works on after close": (inner) => ({ close: async () => {}, read: (key) => inner.read(key) }),
  "fails to close twice": (inner) => {
    let closed = false;
    return {
      close: async () => {
        if (closed) throw new ReadbackError("closed", "");
        closed = true;
        return inner.close();
      },
    };
  },
  "closes before earlier calls": (inner) => ({
    write: async (changes, expect) => {
      await inner.write([]);
      const copies = structuredClone(changes);
      await Promise.resolve();
      return inner.write(copies, structuredClone(expect));
    },
  }),
  "drops large values": (inner) => ({
    write: (changes, expect) =>
      inner.write(
        changes.filter((c) => !isPut(c) || c.value.length < 65_536),
        expect,
      ),
  }),
  "drops changes over 500": (inner) => ({
    write: (changes, expect) => inner.write(changes.slice(0, 500), expect),
  }),
};

test.each(Object.entries(faults))("the cases find a storage that %s", async (_name, fault) => {
  const make = async () => {
    let inner = memoryStorage();
    const faulty = (): Storage => ({ ...inner, ...fault(inner) });
    return {
      storage: faulty(),
      reopen: async () => {
        inner = inner.reopen();
        return faulty();
      },
    };
  };
  await expect(runAll(make)).rejects.toThrow();
});

test("the cases find a storage that forgets when it is closed", async () => {
  const make = async () => {
    const storage = memoryStorage();
    return { storage, reopen: async () => storage.close().then(memoryStorage) };
  };
  await expect(runAll(make)).rejects.toThrow();
});

async function runAll(make: MakeStorage): Promise<void> {
  for (const { run } of storageCases) await run(make);
}
