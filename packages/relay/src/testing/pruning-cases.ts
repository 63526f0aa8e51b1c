import type { RelayStore } from "../relay-store.ts";
import { checkSame } from "./check.ts";
import { appendTo, bytesOf, conversation, type RelayStoreCase, relayStoreCase } from "./relay-store-case.ts";

const ada = "ada@a.example/phone";
const other = bytesOf(8);

/** The log as it is read: each entry's number and how many bytes its payload has, `-` where it has none. */
async function readAll(store: RelayStore, which = conversation): Promise<string> {
  const range = { conversation: which, device: ada, after: 0, maximumEntries: 100, maximumBytes: 100_000 };
  const page = await store.readLog(range);
  return (page?.entries ?? [])
    .map(({ header, payload }) => `${header.seq}:${payload?.length ?? "-"}`)
    .join(" ");
}

/** What the next decision sees of a log. */
function sizeOf(store: RelayStore, which = conversation): Promise<number | undefined> {
  const submission = { conversation: which, device: ada, epoch: 0n, payloadHash: bytesOf(0), recipients: [] };
  return store.append(submission, ({ log }) => ({ answer: log?.size }));
}

/** A log of five entries, accepted at 10, 20, 30, 40 and 50: the first one and the third one are no content. */
async function fill(store: RelayStore, which: Uint8Array): Promise<void> {
  for (const [payload, kind] of [
    [1, "create"],
    [2, "application"],
    [3, "commit"],
    [4, "receipt"],
    [5, "application"],
  ] as const) {
    const added = payload === 1 ? [ada] : [];
    await appendTo(store, { conversation: which, payload, size: 100 + payload, kind, added });
  }
}

/** Cases of payloads that are old enough to be forgotten. */
export const pruningCases: readonly RelayStoreCase[] = [
  relayStoreCase("prunes messages and receipts that are older, and nothing else", async (store, reopen) => {
    await fill(store, conversation);
    checkSame(await store.prune(20, 100), 0, "payloads older than the first message");
    checkSame(await store.prune(50, 100), 2, "payloads older than the last one");
    const expected = "1:101 2:- 3:103 4:- 5:105";
    checkSame(await readAll(store), expected, "the log");
    checkSame(await store.prune(50, 100), 0, "payloads that are left");
    const open = await reopen();
    checkSame(await readAll(open), expected, "the log when opened again");
    checkSame(await open.prune(1_000, 100), 1, "the last one");
    checkSame(await open.prune(1_000, 100), 0, "payloads that are left at the end");
  }),

  relayStoreCase("keeps the headers and hashes of what was pruned", async (store, reopen) => {
    await fill(store, conversation);
    const read = async (open: RelayStore) => {
      const range = { conversation, device: ada, after: 0, maximumEntries: 100, maximumBytes: 1 };
      const entries = [];
      for (let after = 0; after < 5; after++) {
        const page = await open.readLog({ ...range, after });
        entries.push(...(page?.entries.map(({ header, hash }) => ({ header, hash })) ?? []));
      }
      return entries;
    };
    const before = await read(store);
    await store.prune(1_000, 100);
    // Entries without a payload weigh nothing, so a page may have more of them.
    const after = await read(await reopen());
    checkSame(after.slice(0, 5), before.slice(0, 5), "the first entries");
  }),

  relayStoreCase("prunes at most as many payloads as it is asked to, of all logs together", async (store) => {
    await fill(store, conversation);
    await fill(store, other);
    checkSame(await store.prune(1_000, 4), 4, "the first four");
    checkSame(await store.prune(1_000, 4), 2, "the others");
    checkSame(await readAll(store), "1:101 2:- 3:103 4:- 5:-", "one log");
    checkSame(await readAll(store, other), "1:101 2:- 3:103 4:- 5:-", "the other log");
  }),

  relayStoreCase("counts what is kept of a log, and not what was pruned", async (store, reopen) => {
    await fill(store, conversation);
    await fill(store, other);
    checkSame(await sizeOf(store), 515, "the size before");
    await store.prune(50, 100);
    checkSame(await sizeOf(store), 309, "the size when two were pruned");
    await appendTo(store, { payload: 6, size: 200 });
    checkSame(await sizeOf(store), 509, "the size after one more");
    const open = await reopen();
    checkSame(await sizeOf(open), 509, "the size when opened again");
    await open.prune(55, 100);
    await appendTo(open, { payload: 7, size: 10 });
    checkSame(await sizeOf(open), 414, "the size after the next");
    checkSame(await sizeOf(await reopen(), other), 204, "the size of the other log");
  }),

  relayStoreCase(
    "counts the payloads that are kept, and the conversations and the bytes of an organisation",
    async (store, reopen) => {
      const look = (open: RelayStore, which: Uint8Array, device = ada) => {
        const submission = {
          conversation: which,
          device,
          epoch: 0n,
          payloadHash: bytesOf(0),
          recipients: [],
        };
        return open.append(submission, ({ kept, opened, brought }) => ({ answer: [kept, opened, brought] }));
      };
      checkSame(await look(store, conversation), [0, 0, 0], "the counts before");
      await fill(store, conversation);
      await store.prune(50, 100);
      await fill(store, other);
      checkSame(await look(store, conversation), [3, 0, 824], "what is kept of the one");
      const open = await reopen();
      checkSame(await look(open, conversation), [3, 0, 824], "what is kept of the one when opened again");
      checkSame(await look(open, other), [5, 0, 824], "what is kept of the other");
      checkSame(await look(open, bytesOf(9)), [0, 2, 824], "what the organisation has opened");
      const ben = "ben@b.example/phone";
      checkSame(await look(open, bytesOf(9), ben), [0, 0, 0], "what another one has opened");
      await appendTo(open, { payload: 6, size: 10, device: ben });
      checkSame(await look(open, conversation, ben), [4, 0, 10], "what another one has brought");
      await open.prune(1_000, 100);
      checkSame(await look(open, other), [2, 0, 408], "what is left of the one's");
      checkSame(await look(await reopen(), conversation, ben), [2, 0, 0], "what is left of the other's");
    },
  ),

  relayStoreCase("knows a payload that was pruned as the one it had", async (store, reopen) => {
    await fill(store, conversation);
    await store.prune(1_000, 100);
    const open = await reopen();
    const submission = { conversation, device: ada, epoch: 0n, payloadHash: bytesOf(4), recipients: [] };
    const earlier = await open.append(submission, (situation) => ({ answer: situation.earlier }));
    checkSame(earlier, { seq: 4, acceptedAt: 40 }, "the entry that the payload became");
  }),
];
