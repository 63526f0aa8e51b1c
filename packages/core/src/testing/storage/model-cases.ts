import { hex } from "../../codec/hex.ts";
import { memoryStorage } from "../../memory/memory-storage.ts";
import type { Change, Expectation, ListOptions, Random, Storage } from "../../port/index.ts";
import { checkSame } from "../check.ts";
import { seededRandom } from "../seeded-random.ts";
import { type StorageCase, storageCase } from "./storage-case.ts";

/** Few enough parts to meet again, and such as sort next to "/". */
const parts = ["-", ".", ".a", "0", "00", "9", "_", "a", "a-", "a0", "ab", "z"] as const;

/** Cases that compare the storage with `memoryStorage`, call by call. */
export const modelCases: readonly StorageCase[] = ["one", "two", "three"].map((seed) =>
  storageCase(`behaves like the reference in 200 random calls (seed ${seed})`, async (storage, reopen) => {
    const choose = choices(seededRandom(`model ${seed}`));
    const model = memoryStorage();
    let tested = storage;
    for (let count = 0; count < 200; count++) {
      if (choose.below(40) === 0) tested = await reopen();
      const call = randomCall(choose);
      checkSame(await outcome(call, tested), await outcome(call, model), `call ${count} (${call.name})`);
    }
    for (const part of parts)
      checkSame(await tested.list(part), await model.list(part), `all entries below ${part}`);
  }),
);

interface Call {
  readonly name: string;
  run(storage: Storage): Promise<unknown>;
}

async function outcome(call: Call, storage: Storage): Promise<unknown> {
  try {
    return await call.run(storage);
  } catch (error) {
    return `rejected with ${(error as { code?: unknown }).code}`;
  }
}

function randomCall(choose: Choices): Call {
  const kind = choose.below(10);
  if (kind === 0) {
    const key = choose.key();
    return { name: `read ${key}`, run: (storage) => storage.read(key) };
  }
  if (kind < 4) {
    const prefix = choose.key();
    const options: ListOptions = {
      ...(choose.below(2) === 0
        ? {}
        : { after: choose.below(2) === 0 ? choose.key() : `${prefix}/${choose.part()}` }),
      ...(choose.below(2) === 0 ? {} : { limit: choose.below(5) }),
      descending: choose.below(2) === 0,
    };
    return {
      name: `list ${prefix} ${JSON.stringify(options)}`,
      run: (storage) => storage.list(prefix, options),
    };
  }
  const changes = Array.from({ length: choose.below(6) }, () => choose.change());
  const expect = choose.below(8) === 0 ? [choose.expectation()] : [];
  return {
    name: `write ${changes.map(described).join(", ")}`,
    run: (storage) => storage.write(changes, expect),
  };
}

function described(change: Change): string {
  if ("put" in change) return `put ${change.put}=${hex(change.value)}`;
  return "remove" in change ? `remove ${change.remove}` : `removeAll ${change.removeAll}`;
}

interface Choices {
  below(limit: number): number;
  part(): string;
  key(): string;
  change(): Change;
  expectation(): Expectation;
}

function choices(random: Random): Choices {
  const below = (limit: number): number => (random(1)[0] as number) % limit;
  const part = (): string => parts[below(parts.length)] as string;
  const key = (): string => Array.from({ length: 1 + below(3) }, part).join("/");
  const value = (): Uint8Array => random(below(3));
  const change = (): Change => {
    const kind = below(8);
    if (kind === 0) return { removeAll: key() };
    return kind < 3 ? { remove: key() } : { put: key(), value: value() };
  };
  const expectation = (): Expectation => ({ key: key(), value: below(2) === 0 ? undefined : value() });
  return { below, part, key, change, expectation };
}
