import fc from "fast-check";
import { expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Loop } from "../../src/client/loop.ts";
import type { Message } from "../../src/client/message.ts";
import { type MemoryStorage, memoryStorage } from "../../src/memory/memory-storage.ts";
import { memoizedCrypto } from "./memoized-crypto.ts";
import { world } from "./world.ts";

const [ada, ben, cleo] = ["ada@mercy.example", "ben@stlukes.example", "cleo@mercy.example"] as const;
const potassium = { name: "potassium", value: "6.8", unit: "mmol/L" };
const crypto = memoizedCrypto();
const doings = ["right", "wrong", "words", "decline", "confirm", "correct", "wait", "restart"] as const;

test("a loop is the same for who was there all the time, who was restarted, and who reads it all at the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...doings), { maxLength: 8 }), play),
    // Each run is a conversation of four devices.
    { numRuns: 12 },
  );
}, 120_000);

async function play(script: (typeof doings)[number][]): Promise<void> {
  const here = world(`pages ${script.join(" ")}`);
  try {
    const disks = new Map<string, MemoryStorage>();
    const start = (person: string, device = "phone"): Promise<Client> => {
      const disk = disks.get(person + device)?.reopen() ?? memoryStorage();
      disks.set(person + device, disk);
      return here.client(person, { device, storage: disk, crypto });
    };
    const a = await start(ada);
    let b = await start(ben);
    const c = await start(cleo);
    const tablet = await start(cleo, "tablet");
    const opened = a.open({ members: [ben, cleo] });
    await here.until(() => [b, c, tablet].every((client) => client.conversations().length === 1));
    const message = await (await opened).send("Potassium 6.8", {
      intent: "critical",
      deadline: here.clock.now() + 120_000,
      request: { of: [ben], values: [potassium], escalation: [{ after: 60_000, to: [cleo] }] },
    });
    const at = async (client: Client): Promise<Message> => {
      let found: Message | undefined;
      await here.until(async () => {
        const all = (await client.conversations()[0]?.messages()) ?? [];
        found = all.find(({ id, seq }) => id === message.id && seq !== undefined);
        return found !== undefined;
      });
      return found as Message;
    };
    await at(b);
    // This one sees nothing of what follows until it is over.
    await tablet.close();
    for (const what of script) {
      const received = await at(b);
      const last = (await message.loop())?.answers.at(-1);
      if (what === "right") await received.readBack([potassium]);
      else if (what === "wrong") await received.readBack([{ ...potassium, value: "8.6" }]);
      else if (what === "words") await received.acknowledge("Understood");
      else if (what === "decline") await received.decline();
      else if (what === "confirm" && last?.isGood === true) await last.confirm();
      else if (what === "correct") await last?.correct("No");
      else if (what === "restart") {
        await b.close();
        b = await start(ben);
      } else if (what === "wait") for (let i = 0; i < 40; i++) await tick(here, 1_000);
      for (let i = 0; i < 3; i++) await tick(here, 100);
    }
    const end = await a.conversations()[0]?.send("Over");
    const late = await start(cleo, "tablet");
    const everybody = [a, b, c, late];
    await here.until(async () => {
      const texts = await Promise.all(everybody.map((client) => textOfLast(client)));
      return texts.every((text) => text === "Over") && (await end?.status()) !== "queued";
    }, "all have read it all");
    for (let i = 0; i < 20; i++) await tick(here, 1_000);
    const views = [];
    for (const client of everybody) views.push(viewOf(await (await at(client)).loop()));
    for (const view of views) expect(view).toEqual(views[0]);
    expect(here.errors.map(({ code }) => code)).toEqual([]);
  } finally {
    await here.close();
  }
}

async function tick(here: ReturnType<typeof world>, milliseconds: number): Promise<void> {
  here.clock.advance(milliseconds);
  await here.settle();
}

async function textOfLast(client: Client): Promise<string | undefined> {
  return (await client.conversations()[0]?.messages())?.at(-1)?.text;
}

/** Everything that the log decides, without the handles. */
function viewOf(loop: Loop | undefined): unknown {
  if (loop === undefined) throw new Error("Something is asked.");
  const { answers, persons, ...others } = loop;
  const plain = answers.map(({ person, device, at, act, text, mismatches, isLate, verdict }) => {
    return { person, device, at, act, text, mismatches, isLate, verdict };
  });
  const where = persons.map(({ person, state, step, answer }) => ({ person, state, step, at: answer?.at }));
  return { ...others, answers: plain, persons: where };
}
