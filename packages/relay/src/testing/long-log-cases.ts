import type { RelayStore } from "../relay-store.ts";
import { checkSame } from "./check.ts";
import { appendTo, bytesOf, type RelayStoreCase, relayStoreCase } from "./relay-store-case.ts";

const ada = "ada@a.example/phone";
const conversations = [1, 2, 3].map((number) => bytesOf(number));

/** Entries of the first log when the case is over: more than any store may keep to itself before it orders them. */
const total = 2_500;

/** Cases of logs that are longer than what a store may do at once. */
export const longLogCases: readonly RelayStoreCase[] = [
  relayStoreCase(
    "finds everything in logs that grew side by side, over many steps",
    async (store, reopen) => {
      let open = store;
      await growTo(open, 1);
      for (const [from, to] of [
        [2, 600],
        [601, 1_300],
        [1_301, 1_400],
        [1_401, total],
      ] as const) {
        const payloads = Array.from({ length: to - from + 1 }, (_, index) => from + index);
        await Promise.all(payloads.map((payload) => growTo(open, payload)));
        await checkLogs(open, to);
        await breakStep(open);
        await checkLogs(open, to);
        open = await reopen();
        await checkLogs(open, to);
      }
      // An epoch that is over: what belongs to it is still known.
      await appendTo(open, { conversation: conversations[0] as Uint8Array, payload: total + 1, epoch: 1n });
      await checkEarlier(open, 0n, [1, 2, 1_000, total - 1, total]);
      open = await reopen();
      await checkEarlier(open, 0n, [1, 2, 1_000, total - 1, total]);
      await checkEarlier(open, 1n, [total + 1]);
    },
  ),
];

/** Appends to the first log, and for some numbers to the others. */
async function growTo(store: RelayStore, payload: number): Promise<void> {
  const added = payload === 1 ? [ada] : [];
  await Promise.all(
    conversations.map(async (conversation, index) => {
      if (index === 0 || payload % (index * 3) === 1) {
        await appendTo(store, { conversation, payload, added, size: 40 });
      }
    }),
  );
}

/** A step that fails among others that do not. */
async function breakStep(store: RelayStore): Promise<void> {
  const submission = { ...submissionOf(1), payloadHash: bytesOf(0) };
  const fail = (): never => {
    throw new RangeError("a bug");
  };
  const look = store.append(submission, () => ({ answer: undefined }));
  const broken = store.append(submission, fail).then(
    () => "fulfilled",
    (error: unknown) => (error instanceof RangeError ? "failed" : "failed otherwise"),
  );
  await look;
  checkSame(await broken, "failed", "what became of a step that throws");
}

async function checkLogs(store: RelayStore, last: number): Promise<void> {
  for (const [index, conversation] of conversations.entries()) {
    const wanted = Array.from({ length: last }, (_, at) => at + 1).filter(
      (payload) => index === 0 || payload % (index * 3) === 1,
    );
    const found: number[] = [];
    for (let after = 0; ; ) {
      const page = await store.readLog({
        conversation,
        device: ada,
        after,
        maximumEntries: 500,
        maximumBytes: 1_000_000,
      });
      for (const { header, payload } of page?.entries ?? []) {
        checkSame([header.seq, payload?.length], [after + 1, 40], "the next entry of a page");
        found.push(new DataView(header.payloadHash.buffer, header.payloadHash.byteOffset).getUint32(0));
        after = header.seq;
      }
      checkSame(page?.last.seq, after, "the end of a page");
      if (page?.entries.length === 0) break;
    }
    checkSame(found, wanted, "payloads of a log, in order");
  }
  const ends = (await store.readableLogs(ada)).map(({ seq }) => seq).sort((a, b) => b - a);
  checkSame(ends[0], last, "where the longest log ends");
  for (const { conversation, seq, hash } of await store.readableLogs(ada)) {
    const range = { conversation, device: ada, after: seq, maximumEntries: 1, maximumBytes: 1 };
    checkSame((await store.readLog(range))?.last, { seq, hash }, "the end of a log, with its hash");
  }
  await checkEarlier(store, 0n, [1, Math.ceil(last / 2), last]);
}

/** Each payload of the first log is known, as the entry of its own number. */
async function checkEarlier(store: RelayStore, epoch: bigint, payloads: readonly number[]): Promise<void> {
  for (const payload of payloads) {
    const earlier = await store.append({ ...submissionOf(payload), epoch }, (situation) => ({
      answer: situation.earlier,
    }));
    checkSame(earlier, { seq: payload, acceptedAt: 10 * payload }, "the entry that a payload became before");
  }
  const unknown = await store.append({ ...submissionOf(9_999_999), epoch }, ({ earlier }) => ({
    answer: earlier,
  }));
  checkSame(unknown, undefined, "the entry of a payload that none became");
}

function submissionOf(payload: number) {
  const conversation = conversations[0] as Uint8Array;
  return { conversation, device: ada, epoch: 0n, payloadHash: bytesOf(payload), recipients: [] };
}
