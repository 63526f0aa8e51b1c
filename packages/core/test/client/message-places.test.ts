import { expect, test } from "vitest";
import type { Engine } from "../../src/client/engine.ts";
import { readSeq } from "../../src/client/history.ts";
import { Vault } from "../../src/client/vault.ts";
import { hex } from "../../src/codec/hex.ts";
import {
  addPlaces,
  encodePlaces,
  type MessagePlace,
  noPlaces,
  placesName,
} from "../../src/conversation/message-places.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import { memoryStorage, systemRandom } from "../../src/index.ts";

test("a message is found by its id among more than are read at once, the newest and the oldest", async () => {
  const { aes256Gcm } = defaultCryptoProvider();
  const vault = await Vault.open(memoryStorage(), aes256Gcm, new Uint8Array(32), systemRandom);
  const places = Array.from({ length: 2_100 }, (_, at): MessagePlace => {
    const id = new Uint8Array(32).fill(9);
    new DataView(id.buffer).setUint32(0, at);
    return { id, seq: at + 5 };
  });
  const parts = addPlaces(noPlaces, places);
  await vault.write(
    parts.map((part) => ({ put: `conversation/one/${placesName(part)}`, value: encodePlaces(part) })),
  );
  const engine = { vault } as Engine;
  for (const at of [0, 63, 64, 1_000, 1_023, 1_024, 2_047, 2_048, 2_099]) {
    expect(await readSeq(engine, "one", hex((places[at] as MessagePlace).id))).toBe(at + 5);
  }
  expect(await readSeq(engine, "one", "00".repeat(32))).toBeUndefined();
  expect(await readSeq(engine, "two", hex((places[0] as MessagePlace).id))).toBeUndefined();
});
