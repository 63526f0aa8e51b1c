import { checkRejects, checkSame } from "./check.ts";
import { appendTo, bytesOf, conversation, type RelayStoreCase, relayStoreCase } from "./relay-store-case.ts";

const ada = "ada@a.example/phone";
const everything = { conversation, device: ada, after: 0, maximumEntries: 100, maximumBytes: 100_000 };

/** Cases of stores that are closed. */
export const closingCases: readonly RelayStoreCase[] = [
  relayStoreCase("rejects every call after close, also the second time", async (store, reopen) => {
    await store.close();
    await store.close();
    await checkRejects(store.setting("a", bytesOf(1)), "closed", "setting");
    await checkRejects(store.readLog(everything), "closed", "readLog");
    await checkRejects(appendTo(store, { payload: 1 }), "closed", "append");
    checkSame(await (await reopen()).readableLogs(ada), [], "the logs");
  }),

  relayStoreCase("closes after the calls made before", async (store, reopen) => {
    await appendTo(store, { payload: 1, added: [ada] });
    const appends = [appendTo(store, { payload: 2 }), appendTo(store, { payload: 3 })];
    await store.close();
    checkSame(await Promise.all(appends), [2, 3], "the appends");
    checkSame((await (await reopen()).readLog(everything))?.last.seq, 3, "the end of the log");
  }),
];
