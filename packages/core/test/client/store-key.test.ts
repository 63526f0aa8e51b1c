import { memoryRelay } from "@readback/relay";
import { expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";

test("closing a client overwrites its own copy of the store key, not the caller's, whatever kind of bytes that is", async () => {
  const relay = memoryRelay();
  for (const storeKey of [new Uint8Array(32).fill(7), Buffer.alloc(32, 7)]) {
    const client = await createClient({
      identity: unsafeDevelopmentIdentity({ person: "ada@mercy.example" }),
      transport: relay.transport(),
      storage: memoryStorage(),
      storeKey,
    });
    await client.close();
    expect([...storeKey]).toEqual(Array(32).fill(7));
  }
  await relay.close();
});
