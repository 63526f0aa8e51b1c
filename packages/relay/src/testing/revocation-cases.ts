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
    await store.revoke(tablet.name, 9);
    await store.revoke(tablet.name, 9);
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
    await store.revoke(phone.name, 9);
    checkSame(await store.register(phone, 1, 9), { type: "revoked" }, "its first login");
    const [ada] = (await store.claim(claim)) ?? [];
    checkSame(ada?.known, false, "whether the person is known");
  }),

  relayStoreCase(
    "takes a revoked device for known where a log is opened, and nowhere else",
    async (store, reopen) => {
      await store.register(phone, 1, 9);
      await store.register(tablet, 1, 9);
      await store.revoke(tablet.name, 9);
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
      await store.revoke(phone.name, 9);
      await store.revoke(phone.name, 9);
      checkSame((await store.register(tablet, 1, 1, 1)).type, "registered", "the next one");
      checkSame(
        await store.register(device("bo@a.example", "phone"), 1, 1, 1),
        { type: "too-many" },
        "one more",
      );
    },
  ),

  relayStoreCase("revokes no more devices of an organisation than allowed", async (store) => {
    checkSame(await store.revoke(phone.name, 1), true, "the first one");
    checkSame(await store.revoke(tablet.name, 1), false, "one over the maximum");
    checkSame((await store.register(tablet, 1, 9)).type, "registered", "its login");
    checkSame(await store.revoke(phone.name, 1), true, "the first one again");
    checkSame(await store.revoke("bo@b.example/phone", 1), true, "one of another organisation");
  }),

  relayStoreCase("keeps the newest service of each domain", async (store, reopen) => {
    const [a, b] = [service("a.example", 1, 100), service("b.example", 2, 100)];
    for (const one of [a, b]) await store.putService(one);
    checkSame(await store.readServices(["a.example", "c.example"]), [a], "that of one domain");
    checkSame(await store.putService(service("a.example", 3, 100)), false, "one that does not end later");
    checkSame(await store.readServices(["a.example"]), [a], "what is kept then");
    const newer = service("a.example", 4, 101);
    checkSame(await store.putService(newer), true, "one that ends later");
    const shorter = { ...newer, credential: bytesOf(5, 40), until: 90 };
    checkSame(await store.putService(shorter), true, "the same key, ending earlier");
    checkSame(await store.readServices(["a.example"]), [newer], "what is kept then, too");
    const renewed = { ...newer, credential: bytesOf(6, 40), until: 110 };
    checkSame(await store.putService(renewed), true, "the same key, ending later");
    checkSame(await store.putService(a), false, "the first one again");
    const open = await reopen();
    checkSame(await open.readServices(["b.example", "a.example"]), [b, renewed], "all, when opened again");
  }),
];
