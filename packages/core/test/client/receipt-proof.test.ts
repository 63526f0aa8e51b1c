import { afterEach, expect, test } from "vitest";
import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import { decodeContent } from "../../src/conversation/content.ts";
import { type World, world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";

let here: World;
afterEach(() => here.close());

test("each step of a message comes with what the device has signed, and a person's devices say it once", async () => {
  here = world("proof");
  const a = await here.client(ada);
  const phone = await here.client(ben);
  const tablet = await here.client(ben, {
    device: "tablet",
    identity: unsafeDevelopmentIdentity({ person: ben, device: "tablet" }),
  });
  const opened = a.open({ members: [ben] });
  await here.until(() => [phone, tablet].every((client) => client.conversations().length === 1));
  const conversation = await opened;
  const message = await conversation.send("Potassium 6.8");
  const proofs: unknown[] = [];
  const step = async (status: string) => {
    await here.until(async () => (await message.status()) === status, status);
    const [receipt] = await message.receipts();
    const proof = receipt?.proof;
    if (proof === undefined || receipt === undefined) throw new Error("There is no proof.");
    expect(proof.signature.length).toBeGreaterThan(60);
    proofs.push(decodeContent(proof.content));
    return receipt;
  };
  await step("delivered");
  // Long enough for the tablet to say it too, if it did.
  for (let i = 0; i < 20; i++) {
    here.clock.advance(1_000);
    await here.settle();
  }
  const [received] = (await tablet.conversations()[0]?.messages()) ?? [];
  await received?.markRead();
  expect((await step("read")).device).toBe("tablet");
  await received?.acknowledge("6.8");
  expect(await step("acknowledged")).toMatchObject({ device: "tablet", text: "6.8" });
  expect(proofs).toMatchObject([
    { type: "receipt", level: "stored" },
    { type: "receipt", level: "displayed" },
    { type: "answer", act: "acknowledge" },
  ]);
  // The message, one receipt of each level for both of Ben's devices, the answer.
  const last = await conversation.send("How long is the log?");
  await here.until(async () => (await last.status()) !== "queued");
  const places = (await conversation.messages()).map(({ seq }) => seq ?? 0);
  expect((places[1] ?? 0) - (places[0] ?? 0)).toBe(4);
  expect(here.errors).toEqual([]);
});
