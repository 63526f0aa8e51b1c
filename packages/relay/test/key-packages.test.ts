import { type Answer, type ClaimRequest, hex } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { Device } from "./device.ts";
import { makeWorld } from "./world.ts";

const done = { type: "done" };
const claim = (persons: string[], change: Partial<ClaimRequest> = {}): ClaimRequest => ({
  type: "claim",
  suite: 2,
  persons,
  except: [],
  ...change,
});
const refusal = (code: string) => ({ type: "refused", code });

async function twoDevices(limits = {}) {
  const world = await makeWorld({ limits });
  const ada = new Device(world, "ada@mercy.example/phone");
  const ben = new Device(world, "ben@lukes.example/phone");
  await ada.logIn();
  await ben.logIn();
  return { world, ada, ben };
}

/** The key package that a claim of one person with one device came to. */
function claimed(answer: Answer): Uint8Array | undefined {
  if (answer.type !== "claimed") throw new Error(`expected a claim, found ${JSON.stringify(answer)}`);
  return answer.persons[0]?.devices[0]?.keyPackage;
}

describe("key packages", () => {
  test("are handed out once each, then the last-resort one", async () => {
    const { ada, ben } = await twoDevices();
    const [one, two, last] = [ben.keyPackage(), ben.keyPackage(), ben.keyPackage(true)];
    const publish = {
      type: "publish",
      replaces: false,
      keyPackages: [one.bytes, two.bytes],
      lastResort: last.bytes,
    } as const;
    expect(await ben.request(publish)).toEqual(done);
    const answers = await Promise.all(Array.from({ length: 4 }, () => ada.request(claim([ben.person]))));
    expect(new Set(answers.slice(0, 2).map(claimed))).toEqual(new Set([one.bytes, two.bytes]));
    expect(answers.slice(2).map(claimed)).toEqual([last.bytes, last.bytes]);
  });

  test("go to one of two who claim at once", async () => {
    const { world, ada, ben } = await twoDevices();
    const cy = new Device(world, "cy@clinic.example/phone");
    await cy.logIn();
    await ben.request({
      type: "publish",
      replaces: false,
      keyPackages: [ben.keyPackage().bytes],
      lastResort: undefined,
    });
    const answers = await Promise.all([ada.request(claim([ben.person])), cy.request(claim([ben.person]))]);
    expect(answers.map(claimed).filter((bytes) => bytes !== undefined)).toHaveLength(1);
  });

  test("that were taken are told to their device, whoever has subscribed", async () => {
    const { ada, ben } = await twoDevices();
    await ben.request({ type: "subscribe", inboxAfter: 0 });
    await ben.request({
      type: "publish",
      replaces: false,
      keyPackages: [ben.keyPackage().bytes],
      lastResort: undefined,
    });
    await ada.request(claim([ben.person]));
    expect(await ben.next()).toEqual({ type: "claimed", suite: 2 });
    // Where there is none left nothing was taken.
    await ada.request(claim([ben.person]));
    await ben.request({
      type: "publish",
      replaces: false,
      keyPackages: [],
      lastResort: ben.keyPackage(true).bytes,
    });
    await ada.request(claim([ben.person]));
    expect(await ben.next()).toEqual({ type: "claimed", suite: 2 });
    expect(ben.pushes).toEqual([]);
  });

  test("are named at login", async () => {
    const { ben } = await twoDevices();
    const [one, two, last] = [ben.keyPackage(), ben.keyPackage(), ben.keyPackage(true)];
    const keyPackages = [one.bytes, two.bytes];
    await ben.request({ type: "publish", replaces: false, keyPackages, lastResort: last.bytes });
    await ben.wire.close();
    const answer = await ben.logIn();
    const named = answer.type === "welcome" ? answer.keyPackages.map(hex).sort() : undefined;
    expect(named).toEqual([one, two].map(({ reference }) => hex(reference)).sort());
    expect(answer).toMatchObject({ lastResorts: [last.reference] });
  });

  test("are replaced where their device says so", async () => {
    const { ada, ben } = await twoDevices();
    const publish = { type: "publish", replaces: false } as const;
    const [old, fresh] = [ben.keyPackage(), ben.keyPackage()];
    await ben.request({ ...publish, keyPackages: [old.bytes], lastResort: ben.keyPackage(true).bytes });
    await ben.request({ ...publish, replaces: true, keyPackages: [fresh.bytes], lastResort: undefined });
    expect(claimed(await ada.request(claim([ben.person])))).toEqual(fresh.bytes);
    expect(claimed(await ada.request(claim([ben.person])))).toBeUndefined();
  });

  test("are stored once, however often they are sent", async () => {
    const { ada, ben } = await twoDevices();
    const publish = {
      type: "publish",
      replaces: false,
      keyPackages: [ben.keyPackage().bytes],
      lastResort: undefined,
    } as const;
    await ben.request(publish);
    await ben.request(publish);
    expect(claimed(await ada.request(claim([ben.person])))).toBeDefined();
    await ben.request(publish);
    expect(claimed(await ada.request(claim([ben.person])))).toBeUndefined();
  });

  test("of the device that asks are left out, and of those it names", async () => {
    const { world, ada, ben } = await twoDevices();
    const tablet = new Device(world, "ada@mercy.example/tablet");
    await tablet.logIn();
    for (const device of [ada, ben, tablet]) {
      await device.request({
        type: "publish",
        replaces: false,
        keyPackages: [],
        lastResort: device.keyPackage(true).bytes,
      });
    }
    const answer = await ada.request(
      claim([ada.person, ben.person, "no@body.example"], { except: [ben.name] }),
    );
    expect(answer).toMatchObject({
      persons: [
        { person: ada.person, known: true, devices: [{ device: tablet.name }] },
        { person: ben.person, known: true, devices: [] },
        { person: "no@body.example", known: false, devices: [] },
      ],
    });
  });

  test.each<[string, (ada: Device, ben: Device) => Uint8Array]>([
    [
      "that are damaged",
      (_ada, ben) => ben.keyPackage().bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)),
    ],
    ["that are cut off", (_ada, ben) => ben.keyPackage().bytes.slice(0, -1)],
    ["with bytes after their end", (_ada, ben) => Uint8Array.of(...ben.keyPackage().bytes, 0)],
    ["that are empty", () => new Uint8Array(0)],
    ["of another device", (ada) => ada.keyPackage().bytes],
    ["with another key", (ada, ben) => ben.keyPackage(false, { signatureKeyPair: ada.keys }).bytes],
    ["with another name", (ada, ben) => ben.keyPackage(false, { credential: ada.credential }).bytes],
    [
      "that have expired",
      (_ada, ben) => ben.keyPackage(false, { lifetime: { notBefore: 0n, notAfter: 9n } }).bytes,
    ],
    [
      "that are not valid yet",
      (_ada, ben) => {
        const notBefore = BigInt(Math.floor(ben.world.clock.now() / 1_000) + 5);
        return ben.keyPackage(false, { lifetime: { notBefore, notAfter: notBefore + 9n } }).bytes;
      },
    ],
    [
      "that are good for too long",
      (_ada, ben) => {
        const notBefore = BigInt(Math.floor(ben.world.clock.now() / 1_000));
        return ben.keyPackage(false, { lifetime: { notBefore, notAfter: notBefore + 8_640_001n } }).bytes;
      },
    ],
    ["that are not key packages", (_ada, ben) => ben.keys.publicKey],
  ])("%s are refused, and the good ones of the same call with them", async (_name, make) => {
    const { ada, ben } = await twoDevices();
    const keyPackages = [ben.keyPackage().bytes, make(ada, ben)];
    expect(
      await ben.request({ type: "publish", replaces: false, keyPackages, lastResort: undefined }),
    ).toEqual(refusal("not-allowed"));
    const lastResort = make(ada, ben);
    expect(await ben.request({ type: "publish", replaces: false, keyPackages: [], lastResort })).toEqual(
      refusal("not-allowed"),
    );
    expect(claimed(await ada.request(claim([ben.person])))).toBeUndefined();
  });

  test("with another suite's signature key are refused", async () => {
    const { ben } = await twoDevices();
    const other = new Device(ben.world, ben.name, 1);
    const publish = {
      type: "publish",
      replaces: false,
      keyPackages: [other.keyPackage().bytes],
      lastResort: undefined,
    } as const;
    expect(await ben.request(publish)).toEqual(refusal("not-allowed"));
  });

  test("are stored up to the limit", async () => {
    const { ben } = await twoDevices({ oneTimeKeyPackages: 3 });
    const publish = (count: number) => {
      const keyPackages = Array.from({ length: count }, () => ben.keyPackage().bytes);
      return ben.request({ type: "publish", replaces: false, keyPackages, lastResort: undefined });
    };
    expect(await publish(2)).toEqual(done);
    expect(await publish(2)).toEqual(refusal("too-large"));
    expect(await publish(1)).toEqual(done);
    expect(await publish(1)).toEqual(refusal("too-large"));
    expect(await publish(4)).toEqual(refusal("too-large"));
  });

  test("may be as large as the limit", async () => {
    const { ben } = await twoDevices();
    const { bytes } = ben.keyPackage();
    const limited = async (keyPackageSize: number) => {
      const world = await makeWorld({ limits: { keyPackageSize } });
      const same = new Device(world, ben.name);
      Object.assign(same, { keys: ben.keys });
      await same.logIn();
      return same.request({ type: "publish", replaces: false, keyPackages: [bytes], lastResort: undefined });
    };
    expect(await limited(bytes.length + 1)).toEqual(done);
    expect(await limited(bytes.length)).toEqual(done);
    expect(await limited(bytes.length - 1)).toEqual(refusal("too-large"));
  });

  test("are claimed for as many persons and devices as the limits say", async () => {
    const { world, ada, ben } = await twoDevices({ personsPerClaim: 3, devicesPerClaim: 2 });
    const persons = ["a@x.example", "b@x.example", "c@x.example", "d@x.example"];
    expect(await ada.request(claim(persons.slice(0, 2)))).toMatchObject({ type: "claimed" });
    expect(await ada.request(claim(persons.slice(0, 3)))).toMatchObject({ type: "claimed" });
    expect(await ada.request(claim(persons))).toEqual(refusal("too-large"));
    await new Device(world, "ben@lukes.example/tablet").logIn();
    expect(await ada.request(claim([ben.person]))).toMatchObject({ type: "claimed" });
    await new Device(world, "ben@lukes.example/desk").logIn();
    expect(await ada.request(claim([ben.person]))).toEqual(refusal("too-large"));
    expect(await ada.request(claim([ben.person], { except: ["ben@lukes.example/desk"] }))).toMatchObject({
      type: "claimed",
    });
  });

  test("are claimed of one person as often as the rate says", async () => {
    const { world, ada, ben } = await twoDevices({ claims: { burst: 3, perMinute: 6 } });
    for (let times = 0; times < 3; times++) {
      expect(await ada.request(claim([ben.person]))).toMatchObject({ type: "claimed" });
    }
    expect(await ada.request(claim([ben.person]))).toEqual(refusal("rate-limited"));
    expect(await ada.request(claim([ada.person]))).toMatchObject({ type: "claimed" });
    expect(await ben.request(claim([ben.person]))).toMatchObject({ type: "claimed" });
    world.clock.advance(9_999);
    expect(await ada.request(claim([ben.person]))).toEqual(refusal("rate-limited"));
    world.clock.advance(1);
    expect(await ada.request(claim([ben.person]))).toMatchObject({ type: "claimed" });
  });
});
