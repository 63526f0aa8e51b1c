import { describe, expect, test } from "vitest";
import { Device } from "./device.ts";
import { Member, makeConversation } from "./member.ts";
import { makeWorld } from "./world.ts";

const ada = "ada@mercy.example/phone";
const bo = "bo@mercy.example/phone";
const cy = "cy@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const exceeded = { type: "refused", code: "quota-exceeded" };
const day = 86_400_000;

describe("an organisation", () => {
  test("has so many devices, and another one has its own", async () => {
    const world = await makeWorld({ limits: { devicesPerOrganisation: 2 } });
    for (const name of [ada, bo]) expect((await new Device(world, name).logIn()).type).toBe("welcome");
    // As any other login that is refused: nobody is told why.
    expect(await new Device(world, cy).logIn()).toEqual({ type: "refused", code: "not-allowed" });
    expect((await new Device(world, ben).logIn()).type).toBe("welcome");
  });

  test("opens so many conversations", async () => {
    const world = await makeWorld({ limits: { conversationsPerOrganisation: 2 } });
    const [a, b] = [new Device(world, ada), new Device(world, ben)];
    for (const device of [a, b]) await device.logIn();
    const open = (device: Device) => new Member(device, world.random(32)).create();
    for (let i = 0; i < 2; i++) expect((await open(a)).type).toBe("appended");
    expect(await open(a)).toEqual(exceeded);
    expect((await open(b)).type).toBe("appended");
  });

  test("brings so many bytes: then it says nothing more and opens nothing, and another one does", async () => {
    const limits = { organisationSize: 30_000 };
    const world = await makeWorld({ limits, retention: day });
    const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
    const open = (member: Member) => new Member(member.device, world.random(32)).create();
    let said = 0;
    while (said < 40 && (await a.say("x".repeat(1_000))).type === "appended") said += 1;
    expect(said).toBeGreaterThan(10);
    expect(said).toBeLessThan(30);
    expect(await a.say("x".repeat(1_000))).toEqual(exceeded);
    for (let i = 0; i < 10; i++) await open(a);
    expect(await open(a)).toEqual(exceeded);
    expect((await b.say("another organisation's")).type).toBe("appended");
    expect((await open(b)).type).toBe("appended");
    // Members can change, also to remove whoever has used it up.
    expect((await a.commit([])).type).toBe("appended");
    for (const time of [day + 1, 3_600_000]) {
      world.clock.advance(time);
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await a.say("after some were pruned")).type).toBe("appended");
  });
});

test("of a conversation so many payloads are kept: then nothing more is said until some are pruned, and members can change", async () => {
  // The creation and a commit are two of them.
  const world = await makeWorld({ limits: { conversationEntries: 5 }, retention: day });
  const [a, b] = (await makeConversation(world, ada, ben)) as [Member, Member];
  for (const text of ["one", "two", "three"]) expect((await a.say(text)).type).toBe("appended");
  expect(await a.say("four")).toEqual(exceeded);
  expect((await a.commit([])).type).toBe("appended");
  b.take((await b.fetch(5)).entries[0] as never);
  expect(await b.say("five")).toEqual(exceeded);
  for (const time of [day + 1, 3_600_000]) {
    world.clock.advance(time);
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await b.say("six")).type).toBe("appended");
});
