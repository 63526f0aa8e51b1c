import { memoryStorage } from "../../src/memory/memory-storage.ts";
import type { Storage } from "../../src/port/index.ts";

/** A store with everything that a client's store holds now, as a backup has it. */
export async function copyOf(store: Storage): Promise<Storage> {
  const copy = memoryStorage();
  for (const prefix of ["device", "conversation", "key-package", "inbox", "vault", "fence"]) {
    const value = await store.read(prefix).catch(() => undefined);
    if (value !== undefined) await copy.write([{ put: prefix, value }]);
    for (const { key, value } of await store.list(prefix)) await copy.write([{ put: key, value }]);
  }
  return copy;
}
