import type { ServiceRecord } from "../service-record.ts";
import { checkSame } from "./check.ts";
import {
  appendTo,
  bytesOf,
  device,
  keyPackage,
  type RelayStoreCase,
  relayStoreCase,
} from "./relay-store-case.ts";

const phone = device("ada@a.example", "phone");
const tablet = device("ada@a.example", "tablet", 2);
const claim = { suite: 2, persons: ["ada@a.example"], except: new Set<string>(), now: 1, maximum: 10 };

function service(domain: string, key: number, until: number): ServiceRecord {
  return { domain, signatureKey: bytesOf(key), credential: bytesOf(key, 40), until };
}

/** Cases of devices that were revoked, and of the services that do it. */
export const revocationCases: readonly RelayStoreCase[] = [
  relayStoreCase("lets a revoked device in no more, and forgets what waits for it", async (store, reopen) => {
    await store.register(phone, 1, 9);
    await store.register(tablet, 1, 9);
    const publication = {
      device: tablet.name,
      replaces: false,
      keyPackages: [keyPackage(1)],
      lastResort: keyPackage(2),
      now: 1,
      maximum: 9,
    };
    await store.publish(publication);
    await store.register(device("ada@a.example", "watch"), 1, 9);
    await store.revoke(tablet.name);
    await store.revoke(tablet.name);
    for (const isReopened of [false, true]) {
      const open = isReopened ? await reopen() : store;
      checkSame(await open.register(tablet, 2, 9), { type: "revoked" }, "its next login");
      checkSame(
        await open.register({ ...tablet, signatureKey: bytesOf(7) }, 2, 9),
        { type: "revoked" },
        "one with another key",
      );
      checkSame(await open.publish(publication), false, "a publication");
      checkSame((await open.readInbox(tablet.name, 0, 1_000)).length, 0, "items in its inbox");
      const claimed = await open.claim(claim);
      const names = claimed?.flatMap(({ devices }) => devices.map((one) => one.device));
      checkSame(names, [phone.name, "ada@a.example/watch"], "devices that are handed out");
      if (!isReopened) continue;
      const registration = await open.register(device("ada@a.example", "laptop"), 3, 9);
      const told = registration.type === "registered" ? [...registration.told].sort() : [];
      checkSame(told, [phone.name, "ada@a.example/watch"], "devices that hear of another one");
    }
  }),

  relayStoreCase("revokes a device that never came, and knows nobody by it", async (store) => {
    await store.revoke(phone.name);
    checkSame(await store.register(phone, 1, 9), { type: "revoked" }, "its first login");
    const [ada] = (await store.claim(claim)) ?? [];
    checkSame(ada?.known, false, "whether the person is known");
  }),

  relayStoreCase(
    "takes a revoked device for known where a log is opened, and nowhere else",
    async (store, reopen) => {
      await store.register(phone, 1, 9);
      await store.register(tablet, 1, 9);
      await store.revoke(tablet.name);
      const open = await reopen();
      const lookFor = (number: number, signatureKey = tablet.signatureKey) => {
        const recipients = [{ name: tablet.name, signatureKey }];
        const submission = { device: phone.name, epoch: 0n, payloadHash: bytesOf(50), recipients };
        return open.append({ ...submission, conversation: bytesOf(number) }, ({ fullestInbox }) => ({
          answer: fullestInbox,
        }));
      };
      checkSame(await lookFor(7), 0, "in a log that is not there yet");
      checkSame(await lookFor(7, bytesOf(9, 65)), undefined, "with another key");
      const added = [phone.name, tablet.name];
      await appendTo(open, { payload: 1, added, welcome: bytesOf(3, 64) });
      checkSame(await lookFor(7), undefined, "in a log that is there");
      checkSame((await open.readInbox(tablet.name, 0, 1_000)).length, 0, "what waits for it");
      const logs = await open.readableLogs(tablet.name);
      checkSame(
        logs.map(({ ended }) => ended),
        [false],
        "where it is a member",
      );
    },
  ),

  relayStoreCase(
    "counts a revoked device no more among those of its person and organisation",
    async (store) => {
      await store.register(phone, 1, 1, 1);
      await store.revoke(phone.name);
      await store.revoke(phone.name);
      checkSame((await store.register(tablet, 1, 1, 1)).type, "registered", "the next one");
      checkSame(
        await store.register(device("bo@a.example", "phone"), 1, 1, 1),
        { type: "too-many" },
        "one more",
      );
    },
  ),

  relayStoreCase("keeps the newest service of each domain", async (store, reopen) => {
    const [a, b] = [service("a.example", 1, 100), service("b.example", 2, 100)];
    for (const one of [a, b]) await store.putService(one);
    checkSame(await store.readServices(["a.example", "c.example"]), [a], "that of one domain");
    await store.putService(service("a.example", 3, 100));
    checkSame(await store.readServices(["a.example"]), [a], "where another does not end later");
    const newer = service("a.example", 4, 101);
    await store.putService(newer);
    const renewed = { ...newer, credential: bytesOf(5, 40), until: 90 };
    await store.putService(renewed);
    const open = await reopen();
    checkSame(await open.readServices(["b.example", "a.example"]), [b, renewed], "all, when opened again");
  }),
];
