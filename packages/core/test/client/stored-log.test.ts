import { afterEach, describe, expect, test } from "vitest";
import type { Engine } from "../../src/client/engine.ts";
import { readLogPage } from "../../src/client/history.ts";
import { Vault } from "../../src/client/vault.ts";
import { decodeContent } from "../../src/conversation/content.ts";
import { headSeen } from "../../src/conversation/content-details.ts";
import { hashAt, restoreLog } from "../../src/conversation/known-log.ts";
import { entryHash, verifyHead } from "../../src/conversation/log-entry.ts";
import { decodeLogPage, type LogPage } from "../../src/conversation/log-page.ts";
import { decodeMessageRecord } from "../../src/conversation/message-record.ts";
import { decodeStateRecord } from "../../src/conversation/state-record.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import { type MemoryStorage, memoryStorage } from "../../src/memory/memory-storage.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { testStoreKey, textsOf, type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const crypto = defaultCryptoProvider();
const suite = crypto.suite(2) as CipherSuite;

let here: World;
afterEach(() => here.close());

/** What a client that was closed has stored of its one conversation. */
async function stored(storage: MemoryStorage) {
  const vault = await Vault.open(storage.reopen(), crypto.aes256Gcm, testStoreKey.slice(), seededRandom(1));
  const records = await vault.list("conversation");
  const of = (family: string): Uint8Array[] =>
    records.flatMap(({ key, value }) => (key.split("/")[2] === family ? [value] : []));
  const [state] = of("state").map(decodeStateRecord);
  if (state === undefined) throw new Error("No conversation is stored.");
  const id = records[0]?.key.split("/")[1] as string;
  return {
    state,
    pages: of("page").map(decodeLogPage),
    messages: of("message").map(decodeMessageRecord),
    pageOf: (seq: number) => readLogPage({ vault } as Engine, id, seq),
  };
}

/** Checks a page as a stranger would, and returns the hash of each of its entries. */
function hashesOf({ headers, head }: LogPage, logKey: Uint8Array): Uint8Array[] {
  const hashes = headers.map((header) => entryHash(suite, header));
  expect(headers.slice(1).map(({ previousHash }) => previousHash)).toEqual(hashes.slice(0, -1));
  expect([head.seq, head.entryHash]).toEqual([headers.at(-1)?.seq, hashes.at(-1)]);
  expect(verifyHead(suite, logKey, head)).toBe(true);
  return hashes;
}

describe("the stored log", () => {
  test("proves every entry that a device has processed, by a head of the relay", async () => {
    here = world("stored log");
    const storages = [memoryStorage(), memoryStorage()] as const;
    const a = await here.client(ada, { storage: storages[0] });
    const b = await here.client(ben, { storage: storages[1] });
    const opened = a.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const { id } = await opened;
    for (const text of ["one", "two"]) {
      await a.conversation(id)?.send(text);
      await here.until(async () => (await textsOf(b, id)).includes(text));
    }
    // A third one that Ben reads later, in a page of several.
    await b.close();
    for (const text of ["three", "four"]) await (await a.conversation(id)?.send(text))?.reached("sent");
    const again = await here.client(ben, { storage: storages[1].reopen() });
    await here.until(async () => (await textsOf(again, id)).length === 4);
    await again.conversation(id)?.send("five");
    await here.until(async () => (await textsOf(a, id)).length === 5);
    await here.settle();
    await a.close();
    await again.close();

    for (const storage of storages) {
      const { state, pages, messages, pageOf } = await stored(storage);
      const { seq, hash } = state.position;
      const hashes = pages.flatMap((page) => hashesOf(page, state.hub.logKey));
      const first = pages[0]?.headers[0]?.seq as number;
      expect(hashes).toHaveLength(seq - first + 1);
      expect(hashes.at(-1)).toEqual(hash);
      expect(await pageOf(first - 1)).toBeUndefined();
      expect(await pageOf(seq + 1)).toBeUndefined();
      for (const message of messages) {
        const page = await pageOf(message.seq);
        expect(page?.headers.some((header) => header.seq === message.seq)).toBe(true);
        // What its author had seen is a head that the relay has signed for this very log.
        const content = decodeContent(message.content);
        if (content.type !== "text") throw new Error("A message holds something else.");
        const { seen } = content.details;
        expect(verifyHead(suite, state.hub.logKey, headSeen(seen, state.id))).toBe(true);
        if (seen.seq >= first) expect(seen.hash).toEqual(hashes[seen.seq - first]);
      }
      const log = restoreLog(pages);
      for (let at = first; at <= seq; at++) expect(hashAt(log, at)).toEqual(hashes[at - first]);
      expect([hashAt(log, first - 1), hashAt(log, seq + 1)]).toEqual([undefined, undefined]);
    }
  });

  test("begins anew after a time in which the device was no member", () => {
    here = world("stored log again");
    const page = (from: number, to: number): LogPage => {
      const headers = Array.from({ length: to - from + 1 }, (_, i) => header(from + i));
      const head = { conversation: id32, seq: to, entryHash: hashOf(to), signedAt: 0, signature: hashOf(0) };
      return { headers, head };
    };
    const log = restoreLog([page(3, 4), page(9, 9), page(10, 12)]);
    expect([8, 9, 11, 12].map((seq) => hashAt(log, seq)?.[0])).toEqual([undefined, 9, 11, 12]);
    const again = restoreLog([page(3, 6), page(5, 8)]);
    expect([2, 3, 4, 5, 8, 9].map((seq) => hashAt(again, seq)?.[0])).toEqual([
      undefined,
      3,
      4,
      5,
      8,
      undefined,
    ]);
    const many = restoreLog([page(1, 600), page(601, 1_200)]);
    expect([176, 177].map((seq) => hashAt(many, seq)?.length)).toEqual([undefined, 32]);
  });
});

const id32 = new Uint8Array(32);
const hashOf = (seq: number): Uint8Array => new Uint8Array(32).fill(seq);
const header = (seq: number): LogPage["headers"][number] => ({
  conversation: id32,
  seq,
  previousHash: hashOf(seq - 1),
  kind: "application",
  epoch: 1n,
  payloadHash: id32,
  acceptedAt: 0,
  relay: "relay.example",
});
