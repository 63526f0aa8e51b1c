import { afterEach, expect, test } from "vitest";
import { type World, world } from "./world.ts";

let here: World;
afterEach(() => here.close());

test("what a relay has no more room for is told as that, and not sent for ever", async () => {
  here = world("quota", { limits: { conversationsPerOrganisation: 1, conversationEntries: 4 } });
  const a = await here.client("ada@mercy.example");
  const b = await here.client("ben@stlukes.example");
  const opened = a.open({ members: ["ben@stlukes.example"] });
  await here.until(() => b.conversations().length === 1);
  const conversation = await opened;
  const opening = a.open({ members: ["ben@stlukes.example"] });
  let code = "";
  opening.catch((error: { code: string }) => {
    code = error.code;
  });
  await here.until(() => code !== "");
  expect(code).toBe("quota-exceeded");
  expect(a.conversations()).toHaveLength(1);
  const first = await conversation.send("one");
  await here.until(async () => (await first.status()) === "delivered");
  const second = await conversation.send("two");
  await here.until(async () => (await second.status()) === "failed");
  expect(here.errors.map((error) => error.code)).toContain("quota-exceeded");
});
