import type { RelayStore } from "../relay-store.ts";
import { check, checkSame } from "./check.ts";
import { bytesOf, device, keyPackage, type RelayStoreCase, relayStoreCase } from "./relay-store-case.ts";

const phone = device("ada@a.example", "phone");
const tablet = device("ada@a.example", "tablet", 2);
const ben = device("ben@b.example", "phone", 3);
const nobody: ReadonlySet<string> = new Set();
const claimOf = (...persons: string[]) => ({ suite: 2, persons, except: nobody, now: 1, maximum: 10 });
const publicationOf = (...numbers: number[]) => ({
  device: phone.name,
  replaces: false,
  keyPackages: numbers.map((number) => keyPackage(number)),
  lastResort: undefined,
  now: 1,
  maximum: 10,
});

/** The numbers of the one-time and of the last-resort key packages that a registration names. */
async function namedFor(store: RelayStore, now: number, of = phone): Promise<number[][]> {
  const registration = await store.register(of, now, 9);
  if (registration.type !== "registered") return [];
  const numbers = (references: readonly Uint8Array[]) =>
    references.map((reference) => reference[3] ?? 0).sort();
  return [numbers(registration.keyPackages), numbers(registration.lastResorts)];
}

/** Cases of settings, devices and key packages. */
export const deviceCases: readonly RelayStoreCase[] = [
  relayStoreCase("counts the devices of an organisation, whoever has them", async (store, reopen) => {
    const ada = device("ada@a.example", "phone");
    await store.register(ada, 1, 9, 2);
    await store.register(device("bo@a.example", "phone"), 1, 9, 2);
    const third = device("cy@a.example", "phone");
    checkSame(await store.register(third, 1, 9, 2), { type: "too-many" }, "one over the maximum");
    const open = await reopen();
    checkSame(await open.register(third, 1, 9, 2), { type: "too-many" }, "the same when opened again");
    checkSame((await open.register(ada, 1, 9, 2)).type, "registered", "one that is known");
    checkSame(
      (await open.register(device("di@b.example", "phone"), 1, 9, 2)).type,
      "registered",
      "another's",
    );
    checkSame((await open.register(third, 1, 9, 3)).type, "registered", "up to a higher maximum");
  }),

  relayStoreCase("keeps the first value of a setting", async (store, reopen) => {
    checkSame(await store.setting("log-key", bytesOf(1)), bytesOf(1), "the first value");
    checkSame(await store.setting("log-key", bytesOf(2)), bytesOf(1), "the value after that");
    checkSame(await store.setting("other", bytesOf(3)), bytesOf(3), "another setting");
    checkSame(
      await (await reopen()).setting("log-key", bytesOf(4)),
      bytesOf(1),
      "the value when opened again",
    );
  }),

  relayStoreCase("binds a device to its first key, suite and person", async (store, reopen) => {
    const first = { type: "registered", told: [], keyPackages: [], lastResorts: [] };
    checkSame(await store.register(phone, 1, 9), first, "the first time");
    checkSame(await store.register(phone, 1, 9), first, "the second time");
    const reopened = await reopen();
    checkSame(await reopened.register(phone, 1, 9), first, "the third time");
    for (const other of [
      { ...phone, signatureKey: bytesOf(9, 65) },
      { ...phone, suite: 1 },
      { ...phone, person: "eve@e.example" },
    ]) {
      checkSame(await reopened.register(other, 1, 9), { type: "other-key" }, "another key, suite or person");
    }
  }),

  relayStoreCase("tells the person's other devices of a new one, once", async (store) => {
    await store.register(phone, 1, 9);
    await store.register(ben, 1, 9);
    const registration = await store.register(tablet, 1, 9);
    checkSame(registration.type === "registered" && registration.told, [phone.name], "who was told");
    const again = await store.register(tablet, 1, 9);
    checkSame(again.type === "registered" && again.told, [], "who was told the second time");
    const item = { type: "device", device: tablet.name };
    checkSame(await store.readInbox(phone.name, 0, 1_000), [{ index: 1, item }], "the phone's inbox");
    await store.register(device("ada@a.example", "desktop", 4), 5_000, 9);
    const [, second] = await store.readInbox(phone.name, 0, 1_000);
    checkSame(second?.index, 5_000, "the index of what came later, as after a copy from before");
    await store.forgetInbox(tablet.name, 5_000);
    checkSame(await store.readInbox(tablet.name, 0, 1_000), [], "the tablet's inbox");
    checkSame(await store.readInbox(ben.name, 0, 1_000), [], "another person's inbox");
  }),

  relayStoreCase("registers devices up to the maximum of a person", async (store) => {
    await store.register(phone, 1, 2);
    await store.register(tablet, 1, 2);
    const third = device("ada@a.example", "desktop");
    checkSame(await store.register(third, 1, 2), { type: "too-many" }, "one over the maximum");
    check((await store.register(phone, 1, 2)).type === "registered", "a known device to be let in");
    check((await store.register(ben, 1, 2)).type === "registered", "another person's device to be let in");
  }),

  relayStoreCase("names the key packages that can still be handed out", async (store) => {
    await store.register(phone, 1, 9);
    check(
      await store.publish({ ...publicationOf(1, 2), lastResort: keyPackage(3) }),
      "key packages to be stored",
    );
    checkSame(await namedFor(store, 999), [[1, 2], [3]], "what it names");
    checkSame(await namedFor(store, 1_000), [[], []], "what it names when they expired");
    await store.claim(claimOf("ada@a.example"));
    checkSame((await namedFor(store, 1))[0]?.length, 1, "how many it names when one was claimed");
  }),

  relayStoreCase("forgets those before it where a publication replaces them", async (store, reopen) => {
    await store.register(phone, 1, 9);
    await store.register(tablet, 1, 9);
    await store.publish({ ...publicationOf(1, 2), lastResort: keyPackage(3) });
    await store.publish({ ...publicationOf(), lastResort: keyPackage(4, 1) });
    await store.publish({ ...publicationOf(5), device: tablet.name });
    const replacing = { ...publicationOf(6, 7), lastResort: keyPackage(8), replaces: true, maximum: 2 };
    check(!(await store.publish({ ...replacing, maximum: 1 })), "one over the maximum to be refused");
    checkSame(
      await namedFor(store, 1),
      [
        [1, 2],
        [3, 4],
      ],
      "what is left where it was refused",
    );
    check(await store.publish(replacing), "those before it not to count");
    const open = await reopen();
    checkSame(await namedFor(open, 1), [[6, 7], [8]], "what it names");
    checkSame(await namedFor(open, 1, tablet), [[5], []], "what it names of another device");
    check(await open.publish(publicationOf(1)), "a late repetition to be accepted");
    checkSame(await namedFor(open, 1), [[6, 7], [8]], "what it names after that");
  }),

  relayStoreCase(
    "hands out each one-time key package once, then the last-resort one",
    async (store, reopen) => {
      await store.register(phone, 1, 9);
      await store.publish({ ...publicationOf(1, 2), lastResort: keyPackage(3) });
      const claimFrom = async (open: RelayStore) =>
        (await open.claim(claimOf("ada@a.example")))?.[0]?.devices[0]?.keyPackage;
      const taken = [await claimFrom(store)];
      const open = await reopen();
      taken.push(await claimFrom(open));
      checkSame(taken.map((bytes) => bytes?.[3]).sort(), [1, 2], "the key packages handed out");
      for (let times = 0; times < 2; times++) {
        checkSame(await claimFrom(open), keyPackage(3).bytes, "the last-resort key package");
      }
    },
  ),

  relayStoreCase("never hands a one-time key package to two claims at once", async (store) => {
    await store.register(phone, 1, 9);
    await store.publish(publicationOf(1, 2, 3, 4, 5));
    const claims = await Promise.all(Array.from({ length: 8 }, () => store.claim(claimOf("ada@a.example"))));
    const taken = claims
      .flatMap((claimed) => claimed?.[0]?.devices[0]?.keyPackage ?? [])
      .map((bytes) => bytes[3]);
    checkSame(taken.sort(), [1, 2, 3, 4, 5], "the key packages handed out");
  }),

  relayStoreCase("tells persons without devices from devices without key packages", async (store) => {
    await store.register(phone, 1, 9);
    await store.register(tablet, 1, 9);
    await store.publish({ ...publicationOf(1), lastResort: keyPackage(2, 1) });
    const claim = { ...claimOf("ada@a.example", "eve@e.example"), except: new Set([phone.name]) };
    checkSame(
      await store.claim(claim),
      [
        { person: "ada@a.example", known: true, devices: [{ device: tablet.name, keyPackage: undefined }] },
        { person: "eve@e.example", known: false, devices: [] },
      ],
      "the claim",
    );
    const other = await store.claim({ ...claimOf("ada@a.example"), suite: 3 });
    checkSame(other?.[0]?.devices[0]?.keyPackage, undefined, "a key package of another suite");
    const left = await store.claim(claimOf("ada@a.example"));
    checkSame(left?.[0]?.devices[0]?.keyPackage, keyPackage(1).bytes, "what the exception left alone");
  }),

  relayStoreCase("takes nothing for a claim of more devices than the maximum", async (store) => {
    await store.register(phone, 1, 9);
    await store.register(tablet, 1, 9);
    await store.publish(publicationOf(1));
    checkSame(await store.claim({ ...claimOf("ada@a.example"), maximum: 1 }), undefined, "the claim");
    const claimed = await store.claim({ ...claimOf("ada@a.example"), maximum: 2 });
    checkSame(claimed?.[0]?.devices[0]?.keyPackage, keyPackage(1).bytes, "what was left");
  }),

  relayStoreCase("does not hand out what has expired", async (store) => {
    await store.register(phone, 1, 9);
    await store.publish({ ...publicationOf(1), lastResort: keyPackage(2) });
    const late = await store.claim({ ...claimOf("ada@a.example"), now: 1_000 });
    checkSame(late?.[0]?.devices[0]?.keyPackage, undefined, "an expired key package");
  }),

  relayStoreCase("stores key packages up to the maximum, and all of a call or none", async (store) => {
    await store.register(phone, 1, 9);
    check(await store.publish({ ...publicationOf(1, 2), maximum: 3 }), "one under the maximum to be stored");
    check(
      !(await store.publish({ ...publicationOf(3, 4), maximum: 3 })),
      "one over the maximum to be refused",
    );
    check(await store.publish({ ...publicationOf(2, 3), maximum: 3 }), "the maximum to be stored");
    checkSame((await namedFor(store, 1))[0]?.length, 3, "the count");
    check(
      await store.publish({ ...publicationOf(5, 6, 7), now: 1_000, maximum: 3 }),
      "expired ones not to count",
    );
  }),

  relayStoreCase("never stores a key package again that was claimed", async (store, reopen) => {
    await store.register(phone, 1, 9);
    await store.publish(publicationOf(1));
    await store.claim(claimOf("ada@a.example"));
    const open = await reopen();
    check(await open.publish(publicationOf(1)), "a repeated publication to be accepted");
    checkSame(
      (await open.claim(claimOf("ada@a.example")))?.[0]?.devices[0]?.keyPackage,
      undefined,
      "the claim",
    );
  }),

  relayStoreCase("replaces the last-resort key package of the same suite only", async (store) => {
    await store.register(phone, 1, 9);
    for (const lastResort of [keyPackage(1), keyPackage(2, 1), keyPackage(3)]) {
      await store.publish({ ...publicationOf(), lastResort });
    }
    const handedOut = async (suite: number) =>
      (await store.claim({ ...claimOf("ada@a.example"), suite }))?.[0]?.devices[0]?.keyPackage;
    checkSame(await handedOut(2), keyPackage(3).bytes, "the one of suite 2");
    checkSame(await handedOut(1), keyPackage(2).bytes, "the one of suite 1");
  }),
];
