import type { RelayStore, Situation } from "../relay-store.ts";
import { check, checkSame } from "./check.ts";
import {
  appendTo,
  bytesOf,
  conversation,
  device,
  type RelayStoreCase,
  relayStoreCase,
} from "./relay-store-case.ts";

const ada = "ada@a.example/phone";
const ben = "ben@b.example/phone";
const submission = { conversation, device: ada, epoch: 0n, payloadHash: bytesOf(1), recipients: [] };
const rangeOf = (name: string, after: number, maximumEntries = 100, maximumBytes = 100_000) => ({
  conversation,
  device: name,
  after,
  maximumEntries,
  maximumBytes,
});

/** Cases of logs: appending, reading, memberships. */
export const logCases: readonly RelayStoreCase[] = [
  relayStoreCase("shows a decision what is there, and carries it out", async (store, reopen) => {
    const seen: Situation[] = [];
    const look = (open = store) =>
      open.append(submission, (situation) => {
        seen.push(situation);
        return { answer: undefined };
      });
    await look();
    await appendTo(store, { payload: 1, added: [ada] });
    await appendTo(store, { payload: 2, epoch: 2n ** 60n });
    await look();
    await look(await reopen());
    const log = {
      seq: 2,
      entryHash: bytesOf(1_000_002),
      epoch: 2n ** 60n,
      acceptedAt: 20,
      handshakeSeq: 1,
      commitFirst: true,
      groupId: bytesOf(9, 16),
      size: 200,
    };
    const counts = { kept: 2, opened: 0, brought: 200 };
    const after = {
      log,
      ...counts,
      earlier: { seq: 1, acceptedAt: 10 },
      span: { since: 1 },
      fullestInbox: 0,
    };
    checkSame(seen, [{ kept: 0, opened: 0, brought: 0, fullestInbox: 0 }, after, after], "the situations");
  }),

  relayStoreCase("changes nothing where a decision only answers or throws", async (store) => {
    await appendTo(store, { payload: 1, added: [ada] });
    checkSame(await store.append(submission, () => ({ answer: "no" })), "no", "the answer");
    const thrown = store.append(submission, () => {
      throw new RangeError("no");
    });
    check(
      (await thrown.catch((error: unknown) => error)) instanceof RangeError,
      "what was thrown to come out",
    );
    checkSame((await store.readLog(rangeOf(ada, 0)))?.entries.length, 1, "the entries");
  }),

  relayStoreCase("orders appends that are made at once, and resolves them in order", async (store) => {
    await appendTo(store, { payload: 1, added: [ada] });
    const order: number[] = [];
    const numbers = Array.from({ length: 50 }, (_, index) => index + 2);
    await Promise.all(numbers.map((payload) => appendTo(store, { payload }).then((seq) => order.push(seq))));
    checkSame(order, numbers, "the sequence numbers");
    const entries = (await store.readLog(rangeOf(ada, 0)))?.entries ?? [];
    checkSame(
      entries.map(({ header }) => header.seq),
      [1, ...numbers],
      "the log",
    );
  }),

  relayStoreCase("lets one failing append leave the others alone", async (store) => {
    await appendTo(store, { payload: 1, added: [ada] });
    const fail = (): never => {
      throw new RangeError("no");
    };
    // What comes before the failing one must not count twice, and what comes after it must not be lost.
    const outcomes = await Promise.allSettled([
      appendTo(store, { payload: 2 }),
      store.append(submission, fail),
      appendTo(store, { payload: 3 }),
    ]);
    checkSame(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : "failed")),
      [2, "failed", 3],
      "the outcomes",
    );
    checkSame((await store.readLog(rangeOf(ada, 0)))?.last.seq, 3, "the end of the log");
  }),

  relayStoreCase("keeps entries as they were, over close and open", async (store, reopen) => {
    await appendTo(store, { payload: 1, size: 70_000, added: [ada] });
    await appendTo(store, { payload: 2, size: 0x100_000 });
    const before = await store.readLog(rangeOf(ada, 0, 10, 10_000_000));
    const after = await (await reopen()).readLog(rangeOf(ada, 0, 10, 10_000_000));
    checkSame(after, before, "the page");
    const payload = after?.entries[1]?.payload ?? new Uint8Array(0);
    checkSame([payload.length, payload[3]], [0x100_000, 2], "the second payload");
    checkSame(after?.entries[0]?.header.previousHash, new Uint8Array(32), "the first entry's previous hash");
    checkSame(after?.last, { seq: 2, hash: bytesOf(1_000_002) }, "the last entry");
  }),

  relayStoreCase("pages a log by entries and by bytes", async (store) => {
    for (let payload = 1; payload <= 6; payload++) {
      await appendTo(store, { payload, size: 100, added: payload === 1 ? [ada] : [] });
    }
    const page = async (after: number, entries: number, bytes: number) => {
      const found = await store.readLog(rangeOf(ada, after, entries, bytes));
      return `${found?.entries.map(({ header }) => header.seq)} ${found?.last.seq}`;
    };
    checkSame(await page(0, 2, 1_000), "1,2 2", "two entries");
    checkSame(await page(2, 100, 300), "3,4,5 5", "300 bytes");
    checkSame(await page(2, 100, 299), "3,4 4", "299 bytes");
    checkSame(await page(2, 100, 1), "3 3", "less than one entry");
    checkSame(await page(0, 0, 1_000), " 6", "no entries");
    checkSame(await page(6, 100, 1_000), " 6", "the end");
    checkSame(await page(99, 100, 1_000), " 6", "beyond the end");
  }),

  relayStoreCase(
    "lets a device read from the entry that added it to the one that removed it",
    async (store) => {
      await appendTo(store, { payload: 1, added: [ada] });
      await appendTo(store, { payload: 2 });
      checkSame(await store.readLog(rangeOf(ben, 0)), undefined, "the log before");
      await appendTo(store, { payload: 3, added: [ben] });
      await appendTo(store, { payload: 4 });
      await appendTo(store, { payload: 5, removed: [ben] });
      await appendTo(store, { payload: 6 });
      const read = async (name: string, after: number) => {
        const page = await store.readLog(rangeOf(name, after));
        return `${page?.entries.map(({ header }) => header.seq)} ${page?.last.seq}`;
      };
      checkSame(await read(ben, 0), "3,4,5 5", "all of it");
      checkSame(await read(ben, 3), "4,5 5", "the rest");
      checkSame(await read(ben, 5), " 5", "nothing more");
      checkSame(await read(ada, 2), "3,4,5,6 6", "the log of the other");
      await appendTo(store, { payload: 7, added: [ben] });
      await appendTo(store, { payload: 8 });
      checkSame(await read(ben, 4), "5 5", "the end of the first time");
      checkSame(await read(ben, 5), "7,8 8", "the second time");
      checkSame(
        await store.readLog({ ...rangeOf(ada, 0), conversation: bytesOf(1) }),
        undefined,
        "no such log",
      );
    },
  ),

  relayStoreCase("lists the logs of a device", async (store, reopen) => {
    const other = bytesOf(8);
    await appendTo(store, { payload: 1, added: [ada, ben] });
    await appendTo(store, { payload: 1, conversation: other, added: [ben] });
    await appendTo(store, { payload: 2, removed: [ada] });
    await appendTo(store, { payload: 3 });
    const open = await reopen();
    const logs = async (name: string) =>
      (await open.readableLogs(name)).map((log) => `${log.conversation[3]}:${log.seq}:${log.ended}`).sort();
    checkSame(await logs(ada), ["7:2:true"], "a device that was removed");
    checkSame(await logs(ben), ["7:3:false", "8:1:false"], "a member");
    checkSame(await logs("eve@e.example/phone"), [], "a stranger");
  }),

  relayStoreCase("knows a payload in its own conversation only", async (store) => {
    await appendTo(store, { payload: 1, added: [ada] });
    const earlier = (where: Uint8Array) =>
      store.append({ ...submission, conversation: where }, (situation) => ({ answer: situation.earlier }));
    checkSame(await earlier(conversation), { seq: 1, acceptedAt: 10 }, "the same conversation");
    checkSame(await earlier(bytesOf(8)), undefined, "another conversation");
  }),

  relayStoreCase(
    "knows a payload in the epoch it was made in, also when that is over",
    async (store, reopen) => {
      await appendTo(store, { payload: 1, added: [ada] });
      await appendTo(store, { payload: 2 });
      for (const payload of [3, 4]) await appendTo(store, { payload, epoch: 1n });
      const find = async (open: RelayStore) => {
        const found: (number | undefined)[] = [];
        for (const [payload, epoch] of [1, 2, 3, 4].flatMap(
          (number) =>
            [
              [number, 0n],
              [number, 1n],
            ] as const,
        )) {
          const sought = { ...submission, payloadHash: bytesOf(payload), epoch };
          found.push(await open.append(sought, ({ earlier }) => ({ answer: earlier?.seq })));
        }
        return found.map((seq) => seq ?? 0).join(" ");
      };
      const expected = "1 0 2 0 0 3 0 4";
      checkSame(await find(store), expected, "the entries found");
      checkSame(await find(await reopen()), expected, "the entries found when opened again");
    },
  ),

  relayStoreCase("keeps the group with the entry that changed it", async (store, reopen) => {
    checkSame(await store.readGroup(conversation), undefined, "the group before");
    const put = (key: string, number: number) => ({ put: key, value: bytesOf(number, 5_000) });
    const groupOf = async (open: RelayStore) => {
      const found = await open.readGroup(conversation);
      const records = [...(found?.records ?? [])].map(([key, value]) => `${key}=${value[3]}`).sort();
      return `${found?.handshakeSeq}: ${records.join(" ")} info=${found?.groupInfo?.[3]}`;
    };
    const first = [put("a", 1), put("b/1", 2), put("b/2", 3), put("bc", 4), put("d", 5), put("a", 6)];
    await appendTo(store, { payload: 1, added: [ada], group: { records: first, groupInfo: undefined } });
    checkSame(await groupOf(store), "1: a=6 b/1=2 b/2=3 bc=4 d=5 info=undefined", "the group");
    const second = [{ removeAll: "b" }, put("b/3", 7), { remove: "d" }, { remove: "no" }];
    await appendTo(store, { payload: 2, group: { records: second, groupInfo: bytesOf(3) } });
    await appendTo(store, { payload: 3 });
    const other = { payload: 1, conversation: bytesOf(8), group: { records: first, groupInfo: undefined } };
    await appendTo(store, other);
    checkSame(await groupOf(store), "2: a=6 b/3=7 bc=4 info=3", "the group when it has changed");
    checkSame(await groupOf(await reopen()), "2: a=6 b/3=7 bc=4 info=3", "the group when opened again");
  }),

  relayStoreCase(
    "delivers a Welcome together with its entry, and forgets it when told",
    async (store, reopen) => {
      for (const name of ["phone", "tablet", "desktop"])
        await store.register(device("ben@b.example", name), 1, 9);
      await store.forgetInbox(ben, 99);
      const tablet = "ben@b.example/tablet";
      const welcome = bytesOf(5, 1_000);
      // Whoever opens a log with others in it needs no Welcome.
      await appendTo(store, { payload: 1, conversation: bytesOf(8), added: [ada, tablet], welcome });
      checkSame(await store.readInbox(ada, 0, 1_000_000), [], "the inbox of the creator");
      const opened = (await store.readInbox(tablet, 0, 1_000_000)).at(-1)?.item;
      const to = { type: "welcome", conversation: bytesOf(8), seq: 1, welcome };
      checkSame(opened, to, "the inbox of another one in a log that was opened with both");
      await appendTo(store, { payload: 1, added: [ada] });
      await appendTo(store, { payload: 2, added: [ben, tablet], welcome });
      await appendTo(store, { payload: 3, removed: [ben] });
      await appendTo(store, { payload: 4, added: [ben], welcome });
      const items = (await store.readInbox(ben, 0, 1_000_000)).map(({ item }) => item);
      const expected = [2, 4].map((seq) => ({ type: "welcome", conversation, seq, welcome }));
      checkSame(items, expected, "the inbox");
      const [first, second] = await store.readInbox(ben, 0, 1_000_000);
      check(first !== undefined && second !== undefined && first.index < second.index, "indexes to ascend");
      checkSame((await store.readInbox(ben, 0, 999)).length, 1, "items within few bytes");
      checkSame(await store.readInbox(ben, first.index, 1), [second], "items after the first");
      await store.forgetInbox(ben, first.index);
      const open = await reopen();
      checkSame(await open.readInbox(ben, 0, 1_000_000), [second], "the inbox when the first was forgotten");
      await open.forgetInbox(ben, second.index);
      checkSame(
        (await open.readInbox(tablet, 0, 1_000_000)).at(-1)?.item,
        expected[0],
        "another device's inbox",
      );
      await appendTo(open, { payload: 5, removed: [ben] });
      await appendTo(open, { payload: 6, added: [ben], welcome });
      const index = (await open.readInbox(ben, 0, 1_000))[0]?.index ?? 0;
      check(index > second.index, "an index never to be used twice");
    },
  ),

  relayStoreCase("shows a decision the fullest inbox of the recipients", async (store) => {
    await store.register(device("ben@b.example", "phone"), 1, 9);
    await store.register(device("cy@c.example", "phone"), 1, 9);
    const fullest = (...names: string[]) => {
      const recipients = names.map((name) => ({ name, signatureKey: bytesOf(1, 65) }));
      return store.append({ ...submission, recipients }, ({ fullestInbox }) => ({ answer: fullestInbox }));
    };
    checkSame(await fullest(), 0, "no recipients");
    checkSame(await fullest(ben, "cy@c.example/phone"), 0, "empty inboxes");
    await appendTo(store, { payload: 1, added: [ben], welcome: bytesOf(1) });
    await appendTo(store, { payload: 2, removed: [ben] });
    await appendTo(store, { payload: 3, added: [ben], welcome: bytesOf(1) });
    checkSame(await fullest(ben, "cy@c.example/phone"), 2, "two items");
    const [first] = await store.readInbox(ben, 0, 1);
    await store.forgetInbox(ben, first?.index ?? 0);
    checkSame(await fullest(ben), 1, "one forgotten");
    checkSame(await fullest(ben, "eve@e.example/phone"), undefined, "an unknown recipient");
    const otherKey = [{ name: ben, signatureKey: bytesOf(2, 65) }];
    const answer = await store.append({ ...submission, recipients: otherKey }, ({ fullestInbox }) => ({
      answer: fullestInbox,
    }));
    checkSame(answer, undefined, "a recipient with another key");
  }),
];
